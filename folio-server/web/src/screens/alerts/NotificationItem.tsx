import { Link } from 'wouter';
import { useSendAgain } from '../../api/alerts';
import { asApiError } from '../../api/error';
import type { Notification } from '../../api/types';
import { cx } from '../../design/cx';
import { Icon } from '../../design/Icon';
import { Menu } from '../../design/Menu';
import { toast } from '../../design/toast';
import { useTimes } from '../../format/use-times';
import { text } from '../../text';
import styles from './AlertsScreen.module.css';
import { deliveryText, isInTrouble } from './delivery-text';

interface Props {
  notification: Notification;
  /** The name of its portfolio, where that is there. */
  portfolio: string | undefined;
}

/** What happened, in its own words, and below how far the telling is. */
export function NotificationItem({ notification, portfolio }: Props) {
  const times = useTimes();
  const again = useSendAgain();
  const { title, message, deliveries, portfolio_id: id } = notification;
  const send = () =>
    again.mutate(notification, {
      onSuccess: () => toast(text.notifications.sentAgain),
      onError: error => toast(`${asApiError(error).message} ${asApiError(error).remedy}`, { stays: true }),
    });
  return (
    <li className={cx(styles['item'], styles['told'])}>
      <div className={styles['words']}>
        <p className="quiet small">
          <time dateTime={notification.created_at}>{times.instant(notification.created_at)}</time>
        </p>
        <p className={styles['name']}>
          {id !== null && portfolio !== undefined ? (
            <Link href={`/portfolios/${id}`} className={styles['link'] ?? ''}>
              {title}
            </Link>
          ) : (
            title
          )}
        </p>
        <p className={styles['message']}>{message}</p>
        <ul className="small">
          {deliveries.length === 0 && <li className="quiet">{text.notifications.noChannel}</li>}
          {deliveries.map(delivery => (
            <li key={delivery.channel} className={isInTrouble(delivery) ? styles['notice'] : 'quiet'}>
              {deliveryText(delivery, times.instant)}
            </li>
          ))}
        </ul>
      </div>
      {deliveries.length > 0 && (
        <Menu
          label={text.rules.actions(title)}
          entries={[{ kind: 'action', label: text.notifications.sendAgain, onSelect: send }]}
        >
          <Icon name="more" />
        </Menu>
      )}
    </li>
  );
}
