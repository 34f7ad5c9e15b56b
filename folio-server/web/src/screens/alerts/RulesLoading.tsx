import { Skeleton } from '../../design/Skeleton';
import { text } from '../../text';
import styles from './AlertsScreen.module.css';

/** Two rules, as a new portfolio has them. */
export function RulesLoading() {
  return (
    <div className={styles['section']} aria-busy="true">
      <p className="unseen">{text.app.loading}</p>
      <Skeleton width="5rem" height="1.2em" />
      <Skeleton width="60%" height="2.5rem" />
      <Skeleton width="70%" height="2.5rem" />
    </div>
  );
}
