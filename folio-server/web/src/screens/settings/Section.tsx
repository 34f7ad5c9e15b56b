import { useId, type ReactNode } from 'react';
import styles from './SettingsScreen.module.css';

interface Props {
  title: string;
  /** A sentence below the title. */
  hint?: ReactNode;
  /** What can be done with the whole. */
  action?: ReactNode;
  children?: ReactNode;
}

/** A part of the settings: its name on the left of a wide screen, what can be set on the right. */
export function Section({ title, hint, action, children }: Props) {
  const id = useId();
  return (
    <section className={styles['section']} aria-labelledby={id}>
      <header className={styles['head']}>
        <h2 id={id} className={styles['title']}>
          {title}
        </h2>
        {hint !== undefined && <p className="quiet small">{hint}</p>}
        {action}
      </header>
      <div className={styles['body']}>{children}</div>
    </section>
  );
}
