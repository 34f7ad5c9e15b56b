import type { ReactNode } from 'react';
import styles from './Notes.module.css';

/** What is not known, right beside the number that it concerns. */
export function Notes({ label, notes }: { label: string; notes: readonly ReactNode[] }) {
  if (notes.length === 0) return null;
  return (
    <ul className={styles['notes']} aria-label={label}>
      {notes.map((note, index) => (
        <li key={typeof note === 'string' ? note : index}>{note}</li>
      ))}
    </ul>
  );
}
