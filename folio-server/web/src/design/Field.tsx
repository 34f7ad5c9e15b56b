import { useId, type ReactNode } from 'react';
import { cx } from './cx';
import styles from './Field.module.css';

/** What a control needs so that its label, hint and fault are read with it. */
export interface ControlProps {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
  className: string;
}

interface Props {
  label: string;
  hint?: ReactNode;
  /** What is wrong with it; it stands right below. */
  error?: string | undefined;
  children: (control: ControlProps) => ReactNode;
  className?: string | undefined;
}

/** A control with its label above and its hint or fault below. */
export function Field({ label, hint, error, children, className }: Props) {
  const id = useId();
  const hasNote = error !== undefined || hint !== undefined;
  return (
    <div className={cx(styles['field'], className)}>
      <label htmlFor={id} className={styles['label']}>
        {label}
      </label>
      {children({
        id,
        'aria-describedby': hasNote ? `${id}-note` : undefined,
        'aria-invalid': error === undefined ? undefined : true,
        className: styles['control'] ?? '',
      })}
      {hasNote && (
        <p id={`${id}-note`} className={error === undefined ? styles['hint'] : styles['error']}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}
