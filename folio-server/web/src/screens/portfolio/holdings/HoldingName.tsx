import { Link } from 'wouter';
import { partsOf } from '../../../api/prices';
import { assetPath } from '../../../format/asset';
import { text } from '../../../text';
import styles from './Holdings.module.css';
import type { Row } from './rows';

/** What it is called, and in small what tells it from others. */
export function HoldingName({ row }: { row: Row }) {
  const assetClass = partsOf(row.valued.asset).class;
  const second = [
    row.ticker === row.name ? null : row.ticker,
    text.classes[assetClass] ?? assetClass,
    row.lot?.account ?? null,
  ];
  return (
    <>
      <p className={styles['name']} title={row.valued.asset}>
        <Link href={assetPath(row.valued.asset)} className={styles['link'] ?? ''}>
          {row.name}
        </Link>
      </p>
      <p className={styles['second']}>{second.filter(Boolean).join(' · ')}</p>
    </>
  );
}
