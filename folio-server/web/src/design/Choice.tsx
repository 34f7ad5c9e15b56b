import { useId, type ReactNode } from 'react';
import styles from './Choice.module.css';

interface Props<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: ReactNode }[];
  onChange: (value: T) => void;
}

/** One of a few, all in sight: radio buttons, so that the arrow keys move through them. */
export function Choice<T extends string>({ label, value, options, onChange }: Props<T>) {
  const name = useId();
  return (
    <fieldset className={styles['choice']}>
      <legend className="unseen">{label}</legend>
      {options.map(option => (
        <label key={option.value} className={styles['option']}>
          <input
            type="radio"
            className="unseen"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}
