import { useTestChannel } from '../../api/alerts';
import { asApiError } from '../../api/error';
import type { Channel } from '../../api/types';
import { Button } from '../../design/Button';
import { cx } from '../../design/cx';
import { toast } from '../../design/toast';
import { useTimes } from '../../format/use-times';
import { text } from '../../text';
import styles from './AlertsScreen.module.css';
import { channelName } from './channel-text';

/** A channel, whether it works, and a way to find out. */
export function ChannelItem({ channel }: { channel: Channel }) {
  const { instant } = useTimes();
  const test = useTestChannel();
  const name = channelName(channel.channel);
  const { disabled } = channel;
  const words = [
    channel.destination === '' ? null : text.channels.destination(channel.destination),
    channel.is_default ? text.channels.isDefault : null,
  ];
  const send = () =>
    test.mutate(channel.channel, {
      onSuccess: ({ state, last_error: why }) => {
        if (state === 'delivered') toast(text.channels.works(name));
        else toast(text.channels.fails(name, why ?? text.channels.unknownError), { stays: true });
      },
      onError: error => toast(`${asApiError(error).message} ${asApiError(error).remedy}`, { stays: true }),
    });
  return (
    <li className={styles['item']}>
      <div className={styles['words']}>
        <p className={styles['name']}>{name}</p>
        <p className={cx('small', disabled === null ? 'quiet' : styles['notice'])}>
          {disabled === null
            ? words.filter(Boolean).join(' ')
            : text.channels.disabled(instant(disabled.since), disabled.reason)}
        </p>
      </div>
      <Button
        look="link"
        busy={test.isPending}
        aria-label={text.channels.testOf(name)}
        onClick={send}
        className={styles['test']}
      >
        {text.channels.test}
      </Button>
    </li>
  );
}
