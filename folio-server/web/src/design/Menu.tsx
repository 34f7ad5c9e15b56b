import { lazy, Suspense, useState, type ReactNode } from 'react';
import styles from './Menu.module.css';

const load = () => import('./MenuLoaded');
const Loaded = lazy(load);

export type MenuEntry =
  | { kind: 'action'; label: string; onSelect: () => void; danger?: boolean }
  | {
      kind: 'choice';
      label: string;
      value: string;
      options: readonly { value: string; label: string }[];
      onChange: (value: string) => void;
    }
  | { kind: 'note'; label: string };

export interface MenuProps {
  /** What the button is called. */
  label: string;
  /** What the button shows. */
  children: ReactNode;
  entries: readonly MenuEntry[];
}

/** A button with a menu. What handles its keys is fetched when the button is approached. */
export function Menu(props: MenuProps) {
  const [wanted, setWanted] = useState(false);
  const button = (
    <button
      type="button"
      className={styles['trigger']}
      aria-label={props.label}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setWanted(true)}
    >
      {props.children}
    </button>
  );
  if (!wanted) return button;
  return (
    <Suspense fallback={button}>
      <Loaded {...props} />
    </Suspense>
  );
}
