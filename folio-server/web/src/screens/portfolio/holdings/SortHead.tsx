import { cx } from '../../../design/cx';
import { text } from '../../../text';
import styles from './Holdings.module.css';
import type { Sort, SortKey } from './rows';

interface Props {
  name: SortKey;
  sort: Sort;
  onSort: (sort: Sort) => void;
}

/** The head of a column that sorts by it, first the way that is mostly wanted. */
export function SortHead({ name, sort, onSort }: Props) {
  const isSorted = sort.key === name;
  const first = name === 'name' ? 'up' : 'down';
  const turned = sort.direction === 'up' ? 'down' : 'up';
  return (
    <th
      scope="col"
      aria-sort={isSorted ? (sort.direction === 'up' ? 'ascending' : 'descending') : 'none'}
      className={cx(name !== 'name' && styles['right'], isSorted && styles['sorted'])}
    >
      <button
        type="button"
        className={styles['sort']}
        onClick={() => onSort({ key: name, direction: isSorted ? turned : first })}
      >
        {name !== 'name' && <Mark sort={sort} />}
        {text.holdings.columns[name]}
        {name === 'name' && <Mark sort={sort} />}
      </button>
    </th>
  );
}

function Mark({ sort }: { sort: Sort }) {
  return (
    <span className={styles['mark']} aria-hidden="true">
      {sort.direction === 'up' ? '↑' : '↓'}
    </span>
  );
}
