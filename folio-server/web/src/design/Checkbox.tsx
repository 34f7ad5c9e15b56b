import { useId, type ReactNode } from 'react';
import styles from './Checkbox.module.css';

interface Props {
  label: string;
  hint?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

/** Yes or no, by the browser's own control. */
export function Checkbox({ label, hint, checked, onChange }: Props) {
  const id = useId();
  return (
    <div className={styles['line']}>
      <input
        id={id}
        type="checkbox"
        className={styles['box']}
        checked={checked}
        aria-describedby={hint === undefined ? undefined : `${id}-note`}
        onChange={event => onChange(event.target.checked)}
      />
      <label htmlFor={id}>{label}</label>
      {hint !== undefined && (
        <span id={`${id}-note`} className="quiet small">
          {hint}
        </span>
      )}
    </div>
  );
}
