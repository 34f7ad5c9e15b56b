import type { Holding, HoldingInput, HoldingPatch } from '../../../api/types';
import { readDecimal } from '../../../format/input';
import { text } from '../../../text';

/** What stands in the fields. */
export interface HoldingFields {
  asset: string;
  quantity: string;
  cost: string;
  /** Whether the cost is of the whole lot or of one unit. */
  costOf: 'lot' | 'unit';
  costCurrency: string;
  acquiredOn: string;
  account: string;
  tags: string;
  note: string;
}

/** Faults by the server's names of the fields. */
export type Faults = Partial<Record<keyof HoldingInput, string>>;

export const POINTERS = [
  '/asset',
  '/quantity',
  '/cost',
  '/unit_cost',
  '/cost_currency',
  '/acquired_on',
  '/account',
  '/tags',
  '/note',
];

export function fieldsOf(lot: Holding | undefined, baseCurrency: string): HoldingFields {
  return {
    asset: lot?.asset ?? '',
    quantity: lot?.quantity ?? '',
    cost: lot?.cost ?? '',
    costOf: 'lot',
    costCurrency: lot?.cost_currency ?? baseCurrency,
    acquiredOn: lot?.acquired_on ?? '',
    account: lot?.account ?? '',
    tags: lot?.tags.join(', ') ?? '',
    note: lot?.note ?? '',
  };
}

const tagsOf = (typed: string) =>
  typed
    .split(',')
    .map(tag => tag.trim())
    .filter(tag => tag !== '');
const orNull = (typed: string) => (typed.trim() === '' ? null : typed.trim());

/**
 * What to send. Only what the server cannot know is judged here: a field that was left empty, and a number
 * that can be read in two ways. The rest is the server's to say.
 */
export function readForm(fields: HoldingFields): { input: HoldingInput } | { faults: Faults } {
  const faults: Faults = {};
  if (fields.asset.trim() === '') faults.asset = text.holdingForm.noAsset;
  const quantity = number(fields.quantity, 'quantity', faults);
  if (fields.quantity.trim() === '') faults.quantity = text.holdingForm.noQuantity;
  const costName = fields.costOf === 'lot' ? 'cost' : 'unit_cost';
  const cost = number(fields.cost, costName, faults);
  if (Object.keys(faults).length > 0) return { faults };
  const input: HoldingInput = {
    asset: fields.asset.trim(),
    quantity,
    acquired_on: orNull(fields.acquiredOn),
    account: orNull(fields.account),
    tags: tagsOf(fields.tags),
    note: orNull(fields.note),
  };
  if (cost === '') return { input };
  return { input: { ...input, [costName]: cost, cost_currency: fields.costCurrency } };
}

function number(typed: string, name: keyof HoldingInput, faults: Faults): string {
  const read = readDecimal(typed);
  if ('value' in read) return read.value;
  faults[name] = text.holdingForm.ambiguous;
  return '';
}

/** Only what was changed: a patch that repeats the rest would undo what somebody else changed meanwhile. */
export function patchOf(
  lot: Holding,
  before: HoldingFields,
  after: HoldingFields,
  input: HoldingInput,
): HoldingPatch {
  const patch: HoldingPatch = {};
  const changed = (name: keyof HoldingFields) => before[name] !== after[name];
  if (changed('asset')) patch.asset = input.asset;
  if (changed('quantity')) patch.quantity = input.quantity;
  if (changed('acquiredOn')) patch.acquired_on = input.acquired_on ?? null;
  if (changed('account')) patch.account = input.account ?? null;
  if (changed('tags')) patch.tags = input.tags ?? [];
  if (changed('note')) patch.note = input.note ?? null;
  if (changed('cost') || changed('costCurrency') || (changed('costOf') && after.cost !== '')) {
    if (after.cost.trim() === '') return lot.cost === null ? patch : { ...patch, cost: null };
    patch.cost_currency = after.costCurrency;
    if (after.costOf === 'lot') patch.cost = input.cost ?? null;
    else patch.unit_cost = input.unit_cost ?? null;
  }
  return patch;
}
