import type { Delivery } from '../../api/types';
import { text } from '../../text';
import { channelName } from './channel-text';

export const isInTrouble = (delivery: Delivery) =>
  delivery.state === 'retrying' || delivery.state === 'failed';

/** How far the telling through one channel is, with its tries and the time of the next. */
export function deliveryText(delivery: Delivery, instant: (at: string) => string): string {
  const words = text.notifications.delivery;
  const name = channelName(delivery.channel);
  const { attempts } = delivery;
  const error = delivery.last_error === null ? '' : words.because(delivery.last_error);
  switch (delivery.state) {
    case 'queued':
      return words.queued(name);
    case 'sending':
      return words.sending(name);
    case 'delivered':
      return words.delivered(
        name,
        delivery.delivered_at === null ? text.app.unknown : instant(delivery.delivered_at),
        attempts,
      );
    case 'retrying':
      return words.retrying(
        name,
        attempts,
        error,
        delivery.next_attempt_at === null ? null : instant(delivery.next_attempt_at),
      );
    case 'failed':
      return words.failed(name, attempts, error);
  }
}
