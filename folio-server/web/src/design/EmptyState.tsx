import type { ReactNode } from 'react';
import styles from './State.module.css';

interface Props {
  title: string;
  children: ReactNode;
  /** The one thing to do. */
  action?: ReactNode;
}

/** What stands where there is nothing yet. */
export function EmptyState({ title, children, action }: Props) {
  return (
    <div className={styles['state']}>
      <h2 className={styles['title']}>{title}</h2>
      <p className="quiet">{children}</p>
      {action}
    </div>
  );
}
