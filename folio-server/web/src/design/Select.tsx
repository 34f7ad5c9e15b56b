import type { ReactNode } from 'react';
import { Field } from './Field';

export interface Option<T extends string> {
  value: T;
  label: string;
}

interface Props<T extends string> {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
}

/** A choice of few, by the browser's own control: every device knows how to offer it. */
export function Select<T extends string>({ label, hint, error, value, options, onChange }: Props<T>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {control => (
        <select {...control} value={value} onChange={event => onChange(event.target.value as T)}>
          {options.map(option => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
