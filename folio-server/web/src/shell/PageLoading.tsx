import { Skeleton } from '../design/Skeleton';
import { text } from '../text';

/** For the moment before a screen's own skeleton. */
export function PageLoading() {
  return (
    <div className="column" aria-busy="true">
      <p className="unseen">{text.app.loading}</p>
      <Skeleton width="8rem" height="1.5rem" />
    </div>
  );
}
