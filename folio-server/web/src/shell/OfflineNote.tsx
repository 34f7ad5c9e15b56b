import { asApiError } from '../api/error';
import { useSession } from '../api/session';
import { text } from '../text';
import styles from './OfflineNote.module.css';

/** Says above the page that the server does not answer, while the page still shows what it knows. */
export function OfflineNote() {
  const { error } = useSession();
  const isGone = error !== null && ['network', 'unavailable'].includes(asApiError(error).kind);
  return (
    <div role="status">
      {isGone && (
        <div className={styles['note']}>
          <p className="column">
            <strong>{text.offline.title}.</strong> {text.offline.body}
          </p>
        </div>
      )}
    </div>
  );
}
