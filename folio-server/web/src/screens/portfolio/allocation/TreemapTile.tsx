import type { Range } from '../../../api/ranges';
import type { Tile } from '../../../charts/treemap';
import { toPlot } from '../../../format/decimal';
import { formatPercentChange, formatShare } from '../../../format/money';
import styles from './Allocation.module.css';
import type { Group } from './groups';

/** From which change on, in percent, a tile has the next tint: the longer the range, the more prices move. */
const STEPS: Record<Range, readonly number[]> = {
  '24h': [0.05, 1, 3],
  '7d': [0.1, 2, 6],
  '30d': [0.2, 4, 12],
  '1y': [0.5, 10, 30],
  all: [0.5, 10, 30],
};
/** Smaller tiles, in percent of the map, have no room for words. */
const WORDS = { width: 9, height: 10 };
const SECOND_LINE = 18;

export function TreemapTile({ tile, range }: { tile: Tile<Group>; range: Range }) {
  const { item, left, top, width, height } = tile;
  const share = item.share === null ? '' : formatShare(item.share);
  const change = item.change === null ? '' : formatPercentChange(item.change);
  const hasWords = width > WORDS.width && height > WORDS.height;
  const place = { left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` };
  return (
    <div className={styles['tile']} style={place}>
      <div
        className={styles['face']}
        data-words={hasWords || undefined}
        data-step={stepOf(item, STEPS[range])}
        title={[item.name, share, change].filter(Boolean).join(' · ')}
      >
        {hasWords && <span className={styles['faceName']}>{item.name}</span>}
        {hasWords && height > SECOND_LINE && <span className="number">{change === '' ? share : change}</span>}
      </div>
    </div>
  );
}

function stepOf(group: Group, steps: readonly number[]): number {
  if (group.change === null) return 0;
  const change = toPlot(group.change);
  return Math.sign(change) * steps.filter(step => Math.abs(change) >= step).length;
}
