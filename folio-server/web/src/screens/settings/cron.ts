import { text } from '../../text';

/** A schedule in words, where it is one that people make; else as it is written. */
export function cronText(cron: string): string {
  const [minute = '', hour = '', ...rest] = cron.split(/\s+/);
  if (rest.join(' ') === '* * *' && /^\d{1,2}$/.test(minute)) {
    if (hour === '*' && minute === '0') return text.schedule.hourly;
    const every = /^\*\/(\d{1,2})$/.exec(hour)?.[1];
    if (every !== undefined && minute === '0') return text.schedule.everyHours(Number(every));
    if (/^\d{1,2}$/.test(hour)) {
      return text.schedule.daily(`${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`);
    }
  }
  return cron;
}
