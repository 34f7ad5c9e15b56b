import { useLiveState, useReconnect } from '../live/context';
import { text } from '../text';
import styles from './ConnectionState.module.css';

/** Whether what is on the screen moves by itself. */
export function ConnectionState() {
  const state = useLiveState();
  const reconnect = useReconnect();
  return (
    <div className={styles['state']} data-state={state}>
      <span role="status" title={state === 'offline' ? text.live.offlineHint : undefined}>
        <span className={styles['dot']} aria-hidden="true" />
        {text.live[state]}
      </span>
      {state === 'offline' && (
        <button type="button" className={styles['again']} onClick={reconnect}>
          {text.live.reconnect}
        </button>
      )}
    </div>
  );
}
