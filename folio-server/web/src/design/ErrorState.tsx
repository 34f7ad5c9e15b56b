import { asApiError } from '../api/error';
import { formatDuration } from '../format/time';
import { text } from '../text';
import { Button } from './Button';
import styles from './State.module.css';

interface Props {
  /** What could not be done, as a title. */
  title: string;
  error: unknown;
  onRetry?: (() => void) | undefined;
}

/** What happened, what still holds, and the one thing to do. */
export function ErrorState({ title, error, onRetry }: Props) {
  const it = asApiError(error);
  return (
    <div className={styles['state']} role="alert">
      <h2 className={styles['title']}>{title}</h2>
      <p>{it.message}</p>
      <p className="quiet">
        {it.remedy} {it.retryAfter !== null && text.errors.retryIn(formatDuration(it.retryAfter))}
      </p>
      {onRetry && <Button onClick={onRetry}>{text.app.retry}</Button>}
      {it.requestId !== null && <p className="quiet small">{text.errors.request(it.requestId)}</p>}
    </div>
  );
}
