import { Link } from 'wouter';
import { Change } from '../../design/Change';
import { cx } from '../../design/cx';
import { Skeleton } from '../../design/Skeleton';
import { sum } from '../../format/decimal';
import { formatMoney, formatQuantity, formatShare } from '../../format/money';
import { text } from '../../text';
import styles from './AssetScreen.module.css';
import type { Holder } from './use-holders';

export function HoldersTable({ holders }: { holders: readonly Holder[] }) {
  const words = text.asset.holders;
  return (
    <table className={styles['table']} aria-labelledby="holders-title">
      <thead>
        <tr>
          <th scope="col">{words.portfolio}</th>
          <th scope="col">{words.quantity}</th>
          <th scope="col">{words.value}</th>
          <th scope="col" className={styles['wide']}>
            {words.gain}
          </th>
          <th scope="col" className={styles['wide']}>
            {words.weight}
          </th>
        </tr>
      </thead>
      <tbody>
        {holders.map(holder => (
          <tr key={holder.id}>
            <td>
              <Link href={`/portfolios/${holder.id}`} className={styles['link'] ?? ''}>
                {holder.name}
              </Link>
            </td>
            <td className="number">{formatQuantity(holder.quantity)}</td>
            <td className={cx('number', holder.value === null && styles['notice'])}>
              {holder.value === undefined ? (
                <Skeleton width="5rem" />
              ) : holder.value === null ? (
                text.holdings.noPrice
              ) : (
                formatMoney(holder.value, holder.currency)
              )}
            </td>
            <td className={styles['wide']}>
              {holder.value !== undefined && (
                <Change amount={holder.gain ?? null} currency={holder.currency} />
              )}
            </td>
            <td className={cx('number quiet', styles['wide'])}>
              {holder.weight !== null && holder.weight !== undefined && formatShare(holder.weight)}
            </td>
          </tr>
        ))}
      </tbody>
      {holders.length > 1 && (
        <tfoot>
          <tr>
            <th scope="row">{words.total}</th>
            <td className="number">{formatQuantity(sum(holders.map(each => each.quantity)))}</td>
            <td className="number">{totalOf(holders)}</td>
            <td className={styles['wide']} />
            <td className={styles['wide']} />
          </tr>
        </tfoot>
      )}
    </table>
  );
}

/** The values together, where all are known and of one currency. */
function totalOf(holders: readonly Holder[]): string {
  const [first] = holders;
  const values = holders.flatMap(each =>
    each.value === null || each.value === undefined || each.currency !== first?.currency ? [] : [each.value],
  );
  return first === undefined || values.length < holders.length
    ? ''
    : formatMoney(sum(values), first.currency);
}
