import { Link, useRoute } from 'wouter';
import { Icon } from '../design/Icon';
import { SCREENS, type Screen } from '../screens';
import { text } from '../text';
import styles from './Navigation.module.css';

/** Beside the name on a wide screen, a bar at the bottom of a phone. */
export function Navigation() {
  return (
    <nav className={styles['navigation']} aria-label={text.app.navigation}>
      <ul className={styles['entries']}>
        {SCREENS.map(
          screen => screen.entry && <Entry key={screen.path} path={screen.path} entry={screen.entry} />,
        )}
      </ul>
    </nav>
  );
}

function Entry({ path, entry }: { path: string; entry: NonNullable<Screen['entry']> }) {
  const [isHere] = useRoute(path);
  return (
    <li>
      <Link href={path} className={styles['entry'] ?? ''} aria-current={isHere ? 'page' : undefined}>
        <span className={styles['icon']}>
          <Icon name={entry.icon} size={22} />
        </span>
        {entry.label}
      </Link>
    </li>
  );
}
