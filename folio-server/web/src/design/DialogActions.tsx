import type { ReactNode } from 'react';
import styles from './DialogActions.module.css';

/** The buttons at the end of a dialog: the one to press stands last, and on a phone fills the width. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className={styles['actions']}>{children}</div>;
}
