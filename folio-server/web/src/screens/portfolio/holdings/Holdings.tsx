import { memo, useMemo, useState } from 'react';
import type { Portfolio, Valuation } from '../../../api/types';
import { Button } from '../../../design/Button';
import { Icon } from '../../../design/Icon';
import { useIsNarrow } from '../../../design/use-media';
import { text } from '../../../text';
import type { OnAction } from '../actions';
import styles from './Holdings.module.css';
import { HoldingsList } from './HoldingsList';
import { HoldingsTable } from './HoldingsTable';
import { rowsOf, sortRows, type Sort } from './rows';
import type { Target } from './use-target';

interface Props {
  valuation: Valuation;
  portfolio: Portfolio | undefined;
  onAction: OnAction;
  target: Target | null;
}

export const Holdings = memo(function Holdings({ valuation, portfolio, onAction, target }: Props) {
  const isNarrow = useIsNarrow();
  const [sort, setSort] = useState<Sort>({ key: 'value', direction: 'down' });
  const rows = useMemo(() => sortRows(rowsOf(valuation, portfolio), sort), [valuation, portfolio, sort]);
  const parts = { rows, sort, onSort: setSort, currency: valuation.base_currency, onAction, target };
  return (
    <section aria-labelledby="holdings-title" className={styles['holdings']}>
      <header className={styles['head']}>
        <h2 id="holdings-title" className={styles['title']}>
          {text.holdings.title}
        </h2>
        <Button onClick={() => onAction({ kind: 'add' })}>
          <Icon name="add" size={18} />
          {text.holdings.add}
        </Button>
      </header>
      {isNarrow ? <HoldingsList {...parts} /> : <HoldingsTable {...parts} />}
    </section>
  );
});
