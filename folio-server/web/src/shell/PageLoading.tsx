import { Skeleton } from '../design/Skeleton';
import { text } from '../text';

/** For the moment before a screen's own skeleton. */
export function PageLoading() {
  return (
    <div className="column" aria-busy="true">
      <h1 className="unseen">{text.app.loading}</h1>
      <Skeleton width="8rem" height="1.5rem" />
    </div>
  );
}
