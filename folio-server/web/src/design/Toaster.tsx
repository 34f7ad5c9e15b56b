import { useSyncExternalStore } from 'react';
import { Link } from 'wouter';
import { text } from '../text';
import { Icon } from './Icon';
import { dismissToast, toastStore } from './toast';
import styles from './Toaster.module.css';

/** Where `toast()` speaks. The region is always there, so that what comes into it is read out. */
export function Toaster() {
  const toasts = useSyncExternalStore(toastStore.subscribe, toastStore.get);
  return (
    <section className={styles['toaster']} aria-label={text.app.messages} aria-live="polite">
      {toasts.map(each => (
        <div key={each.id} className={styles['toast']}>
          <p>
            {each.message}
            {each.link !== undefined && (
              <>
                {' '}
                <Link href={each.link.href} onClick={() => dismissToast(each.id)}>
                  {each.link.label}
                </Link>
              </>
            )}
          </p>
          <button
            type="button"
            className={styles['dismiss']}
            aria-label={text.app.dismiss}
            onClick={() => dismissToast(each.id)}
          >
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </section>
  );
}
