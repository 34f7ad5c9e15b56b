import { useTimes } from '../../format/use-times';
import { text } from '../../text';
import styles from './Curve.module.css';
import type { CurvePlotPoint } from './plot';
import type { Scale } from './scale';

/** Where the curve begins, and what its strokes mean: only those that are in it. */
export function CurveLegend({ points, scale }: { points: readonly CurvePlotPoint[]; scale: Scale }) {
  const { day } = useTimes();
  const has = (test: (point: CurvePlotPoint) => boolean) => points.some(test);
  const entries = [
    scale.cost !== 'unknown' && ('cost' as const),
    has(point => point.instant?.origin === 'reconstructed') && ('reconstructed' as const),
    has(point => point.y !== null && point.instant?.isPartial === true) && ('partial' as const),
    has(point => point.instant === null || point.y === null) && ('gap' as const),
  ].filter(entry => entry !== false);
  return (
    <figcaption className={`column ${styles['legend'] ?? ''}`}>
      <span>{text.curve.since(day(scale.start))}</span>
      <ul className={styles['strokes']}>
        {entries.map(entry => (
          <li key={entry}>
            <svg width="22" height="8" viewBox="0 0 22 8" aria-hidden="true" className={styles[entry]}>
              <path d={entry === 'gap' ? 'M1 4h6M15 4h6' : 'M1 4h20'} />
            </svg>
            {entry === 'cost' && scale.cost !== 'inside' && scale.cost !== 'unknown'
              ? text.curve.costOutside[scale.cost]
              : text.curve.legend[entry]}
          </li>
        ))}
      </ul>
    </figcaption>
  );
}
