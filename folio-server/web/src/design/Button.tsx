import type { ButtonHTMLAttributes, Ref } from 'react';
import styles from './Button.module.css';
import { cx } from './cx';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary` is the one thing to do here; `quiet` stands back; `danger` takes something away. */
  look?: 'primary' | 'quiet' | 'danger' | 'link';
  /** While it works, it cannot be pressed and says so. */
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = 'quiet', busy = false, disabled, className, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={cx(styles['button'], styles[look], className)}
    />
  );
}
