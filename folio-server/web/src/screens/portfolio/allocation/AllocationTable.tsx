import { useState } from 'react';
import { Link } from 'wouter';
import type { Range } from '../../../api/ranges';
import { Button } from '../../../design/Button';
import { Change } from '../../../design/Change';
import { cx } from '../../../design/cx';
import { assetPath } from '../../../format/asset';
import { formatMoney, formatShare } from '../../../format/money';
import { text } from '../../../text';
import styles from './Allocation.module.css';
import type { Group, Grouping } from './groups';

/** As many rows as the map beside it is high. */
const FEW = 8;
const MOST = 500;

interface Props {
  groups: readonly Group[];
  currency: string;
  range: Range;
  grouping: Grouping;
}

export function AllocationTable({ groups, currency, range, grouping }: Props) {
  const [showsAll, setShowsAll] = useState(false);
  const shown = groups.slice(0, showsAll ? MOST : FEW);
  return (
    <div>
      <table className={styles['table']} aria-labelledby="allocation-title">
        <thead>
          <tr>
            <th scope="col">{text.allocation.groupings[grouping]}</th>
            <th scope="col" className={styles['right']}>
              {text.holdings.columns.value}
            </th>
            <th scope="col" className={styles['right']}>
              {text.holdings.columns.weight}
            </th>
            <th scope="col" className={styles['right']}>
              {text.ranges.short[range]}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(group => (
            <tr key={group.key}>
              <td className={styles['name']} title={group.name}>
                {grouping === 'asset' ? (
                  <Link href={assetPath(group.key)} className={styles['link'] ?? ''}>
                    {group.name}
                  </Link>
                ) : (
                  group.name
                )}
              </td>
              <td className={cx('number', styles['right'], group.value === null && styles['notice'])}>
                {group.value === null ? text.holdings.noPrice : formatMoney(group.value, currency)}
              </td>
              <td className={cx('number quiet', styles['right'])}>
                {group.share !== null && formatShare(group.share)}
              </td>
              <td className={styles['right']}>{group.value !== null && <Change percent={group.change} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {groups.length > FEW && (
        <Button look="link" onClick={() => setShowsAll(!showsAll)} aria-expanded={showsAll}>
          {showsAll ? text.allocation.fewer : text.allocation.all(groups.length)}
        </Button>
      )}
    </div>
  );
}
