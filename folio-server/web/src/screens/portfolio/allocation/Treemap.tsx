import { useMemo } from 'react';
import type { Range } from '../../../api/ranges';
import { treemap } from '../../../charts/treemap';
import { toPlot } from '../../../format/decimal';
import { formatPercentChange, formatShare } from '../../../format/money';
import styles from './Allocation.module.css';
import type { Group } from './groups';

const RATIO = 1.6;
/** More tiles than this cannot be told apart; the table has them all. */
const MOST = 40;
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

/** The parts as areas, tinted by how they changed. The table beside it says the same in words. */
export function Treemap({ groups, range }: { groups: readonly Group[]; range: Range }) {
  const tiles = useMemo(
    () => treemap(groups.slice(0, MOST), group => (group.value === null ? 0 : toPlot(group.value)), RATIO),
    [groups],
  );
  if (tiles.length === 0) return null;
  return (
    <div className={styles['map']} aria-hidden="true">
      {tiles.map(({ item, left, top, width, height }) => (
        <div
          key={item.key}
          className={styles['tile']}
          style={{ left: `${left}%`, top: `${top}%`, width: `${width}%`, height: `${height}%` }}
        >
          <div className={styles['face']} data-step={stepOf(item, STEPS[range])} title={titleOf(item)}>
            {width > WORDS.width && height > WORDS.height && (
              <span className={styles['faceName']}>{item.name}</span>
            )}
            {width > WORDS.width && height > SECOND_LINE && (
              <span className="number">
                {item.change === null ? shareOf(item) : formatPercentChange(item.change)}
              </span>
            )}
          </div>
        </div>
      ))}
    </div>
  );
}

function stepOf(group: Group, steps: readonly number[]): number {
  if (group.change === null) return 0;
  const change = toPlot(group.change);
  return Math.sign(change) * steps.filter(step => Math.abs(change) >= step).length;
}

const shareOf = (group: Group) => (group.share === null ? '' : formatShare(group.share));

function titleOf(group: Group): string {
  const change = group.change === null ? '' : formatPercentChange(group.change);
  return [group.name, shareOf(group), change].filter(Boolean).join(' · ');
}
