import type { ReactNode } from 'react';
import styles from './SettingsScreen.module.css';

/** A choice with its name above, which those who listen are told by the choice itself. */
export function LabelledChoice({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <p className="quiet small" aria-hidden="true">
        {label}
      </p>
      <div className={styles['choice']}>{children}</div>
    </div>
  );
}
