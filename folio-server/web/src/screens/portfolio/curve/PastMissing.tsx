import type { Unpriced } from '../../../api/types';
import { Notes } from '../../../design/Notes';
import { text } from '../../../text';
import styles from './CurveSection.module.css';

const NAMED = 3;

/** Whose past the curve lacks, and why. */
export function PastMissing({ missing }: { missing: readonly Unpriced[] }) {
  const notes = missing
    .slice(0, NAMED)
    .map(each => text.curve.missing(each.asset, text.reasons.short[each.reason] ?? each.reason));
  if (missing.length > NAMED) notes.push(text.curve.missingMore(missing.length - NAMED));
  return (
    <div className={styles['missing']}>
      <Notes label={text.coverage.title} notes={notes} />
    </div>
  );
}
