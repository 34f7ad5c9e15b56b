import type { InputHTMLAttributes, ReactNode, Ref } from 'react';
import { Field } from './Field';

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, 'className' | 'onChange' | 'value'> {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  value: string;
  onChange: (value: string) => void;
  ref?: Ref<HTMLInputElement>;
}

export function TextInput({ label, hint, error, value, onChange, ...rest }: Props) {
  return (
    <Field label={label} hint={hint} error={error}>
      {control => (
        <input {...rest} {...control} value={value} onChange={event => onChange(event.target.value)} />
      )}
    </Field>
  );
}
