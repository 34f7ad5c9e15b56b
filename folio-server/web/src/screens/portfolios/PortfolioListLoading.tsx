import { Skeleton } from '../../design/Skeleton';
import { text } from '../../text';
import styles from './PortfolioList.module.css';

/** Three rows in the shape of those that come. */
export function PortfolioListLoading() {
  return (
    <div aria-busy="true">
      <p className="unseen">{text.app.loading}</p>
      {[0, 1, 2].map(index => (
        <div key={index} className={styles['row']}>
          <div className={styles['name']}>
            <Skeleton width="9rem" height="1.1rem" />
          </div>
          <div className={styles['trend']}>
            <Skeleton height="100%" />
          </div>
          <div className={styles['figure']}>
            <Skeleton width="6rem" height="1.1rem" />
          </div>
        </div>
      ))}
    </div>
  );
}
