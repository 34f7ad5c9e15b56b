import { numberFormat } from './locale';

/** A decimal that a person typed: what to send, or that it can be read in two ways. */
export type TypedDecimal = { value: string } | { ambiguous: true };

/**
 * Reads what a person typed in their own spelling.
 *
 * Where the comma is the decimal sign, `1.234` may be a thousand or one and a bit: that is never guessed.
 * Anything else that is no number goes to the server, whose answer says what is wrong.
 */
export function readDecimal(typed: string): TypedDecimal {
  const bare = typed
    .trim()
    .replace(/[\s'’_]/g, '')
    .replace('−', '-');
  const point =
    numberFormat({})
      .formatToParts(1.5)
      .find(part => part.type === 'decimal')?.value ?? '.';
  if (point === ',') {
    if (bare.includes(',')) return { value: bare.replaceAll('.', '').replace(',', '.') };
    if (/^[-+]?\d{1,3}(\.\d{3})+$/.test(bare) && !/^[-+]?0\./.test(bare)) return { ambiguous: true };
    return { value: bare };
  }
  if (/^[-+]?\d{1,3}(,\d{3})+(\.\d*)?$/.test(bare)) return { value: bare.replaceAll(',', '') };
  return { value: bare };
}
