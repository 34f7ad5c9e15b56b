import { isUsedUp as isUsedUpOf } from '../../api/sources';
import type { Source } from '../../api/types';
import { cx } from '../../design/cx';
import { numberFormat } from '../../format/locale';
import { useTimes } from '../../format/use-times';
import { text } from '../../text';
import styles from './SettingsScreen.module.css';

/** A source: what it prices, whether it answers and when it is asked again, and its calls by minute, day, month. */
export function SourceItem({ source }: { source: Source }) {
  const times = useTimes();
  const words = text.sources;
  const { budget } = source;
  const isUsedUp = isUsedUpOf(source);
  const isWell = source.healthy && !isUsedUp;
  const count = (of: number) => numberFormat({}).format(of);
  const state = [
    !source.healthy
      ? words.fails
      : isUsedUp
        ? words.usedUp
        : source.last_success_at === null
          ? words.never
          : words.lastAnswer(times.age(source.last_success_at)),
    !source.healthy && source.last_error !== null ? words.error(source.last_error) : null,
    !isWell && source.retry_at !== null ? words.retry(times.instant(source.retry_at)) : null,
  ];
  const classes = source.classes.map(each => words.classes[each] ?? each).join(', ');
  return (
    <li className={styles['source']}>
      <div>
        <p className={styles['name']}>{source.id}</p>
        <p className="quiet small">{words.prices(classes)}</p>
      </div>
      <p className={cx('small', isWell ? 'quiet' : styles['notice'])}>{state.filter(Boolean).join(' ')}</p>
      <ul className={cx('quiet small number', styles['calls'])} aria-label={words.calls}>
        {budget === null ? (
          <li>{words.unlimited}</li>
        ) : (
          <>
            <li>{words.left(count(budget.remaining), count(budget.limit_per_minute))}</li>
            {budget.day !== null && (
              <li>
                {words.day(
                  count(budget.day.used),
                  count(budget.day.limit),
                  times.clock(budget.day.resets_at),
                )}
              </li>
            )}
            {budget.month !== null && (
              <li>
                {words.month(
                  count(budget.month.used),
                  count(budget.month.limit),
                  times.day(budget.month.resets_at),
                )}
              </li>
            )}
          </>
        )}
      </ul>
    </li>
  );
}
