import { Skeleton } from '../../design/Skeleton';
import { text } from '../../text';
import styles from './PortfolioScreen.module.css';

const ROWS = [0, 1, 2, 3, 4];

/** The number, the curve and rows, in the shape of what comes. */
export function PortfolioLoading() {
  return (
    <div className={styles['page']} aria-busy="true">
      <h1 className="unseen">{text.app.loading}</h1>
      <div className="column">
        <Skeleton width="10rem" height="1.4rem" />
      </div>
      <div className="column">
        <p className={styles['total']}>
          <Skeleton width="5.5em" height="0.85em" />
        </p>
        <Skeleton width="16rem" />
      </div>
      <Skeleton height="clamp(13rem, 34vh, 24rem)" />
      <div className={`column ${styles['page'] ?? ''}`}>
        {ROWS.map(row => (
          <Skeleton key={row} height="2.25rem" />
        ))}
      </div>
    </div>
  );
}
