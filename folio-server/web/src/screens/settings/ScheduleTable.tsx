import type { ScheduleEntry } from '../../api/types';
import { cx } from '../../design/cx';
import { numberFormat } from '../../format/locale';
import { useTimes } from '../../format/use-times';
import { text } from '../../text';
import { cronText } from './cron';
import styles from './SettingsScreen.module.css';

export function ScheduleTable({ entries }: { entries: readonly ScheduleEntry[] }) {
  const { instant } = useTimes();
  const words = text.schedule;
  return (
    <table className={styles['table']} aria-label={words.title}>
      <thead>
        <tr>
          <th scope="col">{words.columns.job}</th>
          <th scope="col">{words.columns.next}</th>
          <th scope="col" className={styles['wide']}>
            {words.columns.last}
          </th>
          <th scope="col">{words.columns.missed}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map(entry => (
          <tr key={`${entry.job} ${entry.cron}`}>
            <td>
              <p className={styles['name']}>{words.jobs[entry.job] ?? entry.job}</p>
              <p className="quiet small" title={entry.cron}>
                {cronText(entry.cron)}
              </p>
            </td>
            <td className="number">{entry.next === null ? words.noNext : instant(entry.next)}</td>
            <td className={cx('number quiet', styles['wide'])}>
              {entry.last_tick === null ? words.never : instant(entry.last_tick)}
            </td>
            <td className={cx('number', entry.missed > 0 ? styles['notice'] : 'quiet')}>
              {entry.missed > 0 ? numberFormat({}).format(entry.missed) : words.noneMissed}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
