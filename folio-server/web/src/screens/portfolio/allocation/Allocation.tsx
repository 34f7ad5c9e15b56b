import { memo, useDeferredValue, useMemo, useRef } from 'react';
import type { Range } from '../../../api/ranges';
import type { Portfolio, Valuation } from '../../../api/types';
import { useSnapshotAt } from '../../../api/valuations';
import { Choice } from '../../../design/Choice';
import { useSeen } from '../../../design/use-seen';
import { oneOf, preference, usePreference } from '../../../preferences/preference';
import { text } from '../../../text';
import { rowsOf } from '../holdings/rows';
import styles from './Allocation.module.css';
import { AllocationTable } from './AllocationTable';
import { changeSince, changeSincePurchase, GROUPINGS, groupsOf, type Grouping } from './groups';
import { Treemap } from './Treemap';

const groupingPreference = preference<Grouping>('grouping', 'asset', oneOf(GROUPINGS));

interface Props {
  valuation: Valuation;
  portfolio: Portfolio | undefined;
  range: Range;
}

/** What the portfolio is made of: a map coloured by change over the range, and the same as a plain table. */
export const Allocation = memo(function Allocation({ valuation, portfolio, range: wanted }: Props) {
  // The curve goes first when the range changes.
  const range = useDeferredValue(wanted);
  const section = useRef<HTMLElement>(null);
  const seen = useSeen(section);
  const [grouping, setGrouping] = usePreference(groupingPreference);
  const snapshot = useSnapshotAt(valuation.portfolio_id, range, { enabled: seen });
  const groups = useMemo(() => {
    const changeOf = range === 'all' ? changeSincePurchase : changeSince(snapshot.data);
    return groupsOf(rowsOf(valuation, portfolio), grouping, changeOf);
  }, [valuation, portfolio, range, snapshot.data, grouping]);
  return (
    <section ref={section} aria-labelledby="allocation-title" className={styles['allocation']}>
      <header className={styles['head']}>
        <h2 id="allocation-title" className={styles['title']}>
          {text.allocation.title}
        </h2>
        <Choice
          label={text.allocation.by}
          value={grouping}
          onChange={setGrouping}
          options={GROUPINGS.map(value => ({ value, label: text.allocation.groupings[value] }))}
        />
      </header>
      <div className={styles['body']}>
        <Treemap groups={groups} range={range} />
        <AllocationTable
          groups={groups}
          currency={valuation.base_currency}
          range={range}
          grouping={grouping}
        />
      </div>
      {grouping === 'tag' && (portfolio?.holdings.some(lot => lot.tags.length > 1) ?? false) && (
        <p className="quiet small">{text.allocation.severalTags}</p>
      )}
    </section>
  );
});
