import { useNotifications } from '../../api/alerts';
import type { PortfolioSummary } from '../../api/types';
import { Button } from '../../design/Button';
import { ErrorState } from '../../design/ErrorState';
import { Skeleton } from '../../design/Skeleton';
import { text } from '../../text';
import styles from './AlertsScreen.module.css';
import { NotificationItem } from './NotificationItem';

/** What the owner was told, newest first. */
export function NotificationList({ portfolios }: { portfolios: readonly PortfolioSummary[] }) {
  const notifications = useNotifications();
  const items = notifications.data?.pages.flatMap(page => page.items);
  const names = new Map(portfolios.map(each => [each.id, each.name]));
  return (
    <section className={styles['section']} aria-labelledby="notifications-title">
      <h2 id="notifications-title" className={styles['title']}>
        {text.notifications.title}
      </h2>
      {items === undefined ? (
        notifications.isPending ? (
          <div aria-busy="true" className={styles['section']}>
            <p className="unseen">{text.app.loading}</p>
            <Skeleton width="70%" height="3.5rem" />
            <Skeleton width="60%" height="3.5rem" />
            <Skeleton width="65%" height="3.5rem" />
          </div>
        ) : (
          <ErrorState
            title={text.errors.load(text.notifications.what)}
            error={notifications.error}
            onRetry={() => void notifications.refetch()}
          />
        )
      ) : items.length === 0 ? (
        <div className={styles['none']}>
          <p className={styles['name']}>{text.notifications.emptyTitle}</p>
          <p className="quiet">{text.notifications.empty}</p>
        </div>
      ) : (
        <>
          <ol className={styles['list']}>
            {items.map(item => (
              <NotificationItem
                key={item.id}
                notification={item}
                portfolio={item.portfolio_id === null ? undefined : names.get(item.portfolio_id)}
              />
            ))}
          </ol>
          {notifications.hasNextPage && (
            <Button
              busy={notifications.isFetchingNextPage}
              onClick={() => void notifications.fetchNextPage()}
              className={styles['older']}
            >
              {text.notifications.older}
            </Button>
          )}
        </>
      )}
    </section>
  );
}
