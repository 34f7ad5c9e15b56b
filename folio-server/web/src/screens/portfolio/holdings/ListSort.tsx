import { text } from '../../../text';
import styles from './Holdings.module.css';
import { SORT_KEYS, type Sort } from './rows';

/** What the heads of columns are on a wide screen. */
export function ListSort({ sort, onSort }: { sort: Sort; onSort: (sort: Sort) => void }) {
  const isUp = sort.direction === 'up';
  return (
    <div className={styles['listHead']}>
      <label className="quiet">
        {text.holdings.sortBy}{' '}
        <select
          className={styles['sortBy']}
          value={sort.key}
          onChange={event => {
            const key = SORT_KEYS.find(each => each === event.target.value) ?? 'value';
            onSort({ key, direction: key === 'name' ? 'up' : 'down' });
          }}
        >
          {SORT_KEYS.map(key => (
            <option key={key} value={key}>
              {text.holdings.columns[key]}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        className={styles['turn']}
        aria-label={isUp ? text.holdings.ascending : text.holdings.descending}
        onClick={() => onSort({ ...sort, direction: isUp ? 'down' : 'up' })}
      >
        {isUp ? '↑' : '↓'}
      </button>
    </div>
  );
}
