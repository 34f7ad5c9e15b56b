import { useRef } from 'react';
import { Link } from 'wouter';
import type { PortfolioSummary } from '../../api/types';
import { useHistory } from '../../api/valuations';
import { Sparkline } from '../../charts/Sparkline';
import { Change } from '../../design/Change';
import { cx } from '../../design/cx';
import { Icon } from '../../design/Icon';
import { Menu } from '../../design/Menu';
import { Skeleton } from '../../design/Skeleton';
import { useSeen } from '../../design/use-seen';
import { formatMoney } from '../../format/money';
import { text } from '../../text';
import styles from './PortfolioList.module.css';
import { useRowFigures } from './use-row-figures';

const POINTS = 60;

interface Props {
  portfolio: PortfolioSummary;
  onRename: (portfolio: PortfolioSummary) => void;
  onDelete: (portfolio: PortfolioSummary) => void;
  onArchive: (portfolio: PortfolioSummary) => void;
}

export function PortfolioRow({ portfolio, onRename, onDelete, onArchive }: Props) {
  const row = useRef<HTMLLIElement>(null);
  const seen = useSeen(row);
  const history = useHistory(portfolio.id, '30d', POINTS, { enabled: seen && portfolio.holding_count > 0 });
  const figures = useRowFigures(portfolio, seen);
  const currency = portfolio.base_currency;
  return (
    <li ref={row} className={styles['row']}>
      <div className={styles['name']}>
        <Link href={`/portfolios/${portfolio.id}`} className={styles['link'] ?? ''}>
          {portfolio.name}
        </Link>
        <p className={cx(styles['sub'], figures.unpriced > 0 && styles['notice'])}>
          {figures.unpriced > 0
            ? text.portfolios.partial(figures.unpriced)
            : text.count.holdings(portfolio.holding_count)}
        </p>
      </div>
      <div className={styles['trend']}>
        {history.data !== undefined && <Sparkline points={history.data.points} asked={POINTS} />}
      </div>
      <p className={cx('number', styles['figure'], styles['value'])}>
        <span className="unseen">{text.portfolios.value} </span>
        {figures.value === undefined ? (
          <Skeleton width="6rem" />
        ) : figures.value === null ? (
          text.figures.noTotal
        ) : (
          formatMoney(figures.value, currency)
        )}
      </p>
      <p className={cx(styles['figure'], styles['day'])}>
        <span className="unseen">{text.portfolios.day} </span>
        <Change percent={figures.day?.percent ?? null} />
        {figures.day !== null && (
          <Change className={styles['second']} amount={figures.day.amount} currency={currency} />
        )}
      </p>
      <p className={cx(styles['figure'], styles['gain'])}>
        <span className="unseen">{text.portfolios.gain} </span>
        <Change percent={figures.gainPercent} />
        {figures.gain !== null && (
          <Change className={styles['second']} amount={figures.gain} currency={currency} />
        )}
      </p>
      <div className={styles['menu']}>
        <Menu
          label={text.portfolios.actions(portfolio.name)}
          entries={[
            { kind: 'action', label: text.portfolios.rename, onSelect: () => onRename(portfolio) },
            {
              kind: 'action',
              label: portfolio.archived ? text.portfolios.bringBack : text.portfolios.archive,
              onSelect: () => onArchive(portfolio),
            },
            {
              kind: 'action',
              label: text.portfolios.remove,
              danger: true,
              onSelect: () => onDelete(portfolio),
            },
          ]}
        >
          <Icon name="more" />
        </Menu>
      </div>
    </li>
  );
}
