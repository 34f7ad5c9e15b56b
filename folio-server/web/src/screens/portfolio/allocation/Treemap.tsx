import { useMemo } from 'react';
import type { Range } from '../../../api/ranges';
import { treemap } from '../../../charts/treemap';
import { toPlot } from '../../../format/decimal';
import styles from './Allocation.module.css';
import type { Group } from './groups';
import { TreemapTile } from './TreemapTile';

const RATIO = 1.6;
/** More tiles than this cannot be told apart; the table has them all. */
const MOST = 40;

/** The parts as areas, tinted by how they changed. The table beside it says the same in words. */
export function Treemap({ groups, range }: { groups: readonly Group[]; range: Range }) {
  const tiles = useMemo(
    () => treemap(groups.slice(0, MOST), group => (group.value === null ? 0 : toPlot(group.value)), RATIO),
    [groups],
  );
  if (tiles.length === 0) return null;
  return (
    <div className={styles['map']} aria-hidden="true">
      {tiles.map(tile => (
        <TreemapTile key={tile.item.key} tile={tile} range={range} />
      ))}
    </div>
  );
}
