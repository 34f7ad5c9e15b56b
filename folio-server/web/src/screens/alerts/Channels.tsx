import { useChannels } from '../../api/alerts';
import { ErrorState } from '../../design/ErrorState';
import { Skeleton } from '../../design/Skeleton';
import { text } from '../../text';
import styles from './AlertsScreen.module.css';
import { ChannelItem } from './ChannelItem';

/** Where notifications go, with a sample to try each. */
export function Channels() {
  const channels = useChannels();
  return (
    <section className={styles['section']} aria-labelledby="channels-title">
      <h2 id="channels-title" className={styles['title']}>
        {text.channels.title}
      </h2>
      {channels.data === undefined ? (
        channels.isPending ? (
          <Skeleton width="60%" height="2.5rem" />
        ) : (
          <ErrorState
            title={text.errors.load(text.channels.what)}
            error={channels.error}
            onRetry={() => void channels.refetch()}
          />
        )
      ) : channels.data.length === 0 ? (
        <p className="quiet">{text.channels.none}</p>
      ) : (
        <ul className={styles['list']}>
          {channels.data.map(channel => (
            <ChannelItem key={channel.channel} channel={channel} />
          ))}
        </ul>
      )}
    </section>
  );
}
