import { dateFormat, numberFormat } from './locale';

export type Zone = 'utc' | 'local';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function zoned(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const timeZone = zone === 'utc' ? { timeZone: 'UTC' } : {};
  return dateFormat({ ...options, ...timeZone });
}

/** Whole seconds between an instant and now; what lies ahead by a skewed clock counts as 0. */
export function ageSeconds(instant: string, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(instant)) / 1000));
}

/** An age in its largest unit, such as `3 h`. */
export function formatDuration(seconds: number): string {
  const [amount, unit] =
    seconds < MINUTE
      ? [Math.max(0, Math.floor(seconds)), 'second']
      : seconds < HOUR
        ? [Math.floor(seconds / MINUTE), 'minute']
        : seconds < 2 * DAY
          ? [Math.floor(seconds / HOUR), 'hour']
          : [Math.floor(seconds / DAY), 'day'];
  return numberFormat({ style: 'unit', unit, unitDisplay: 'short' }).format(amount);
}

/** An instant with its day, such as `23 Nov, 09:00 UTC`; the year where it is another one. */
export function formatInstant(instant: string | number, zone: Zone, now: number): string {
  const date = new Date(instant);
  const isThisYear = date.getUTCFullYear() === new Date(now).getUTCFullYear();
  return zoned(zone, {
    ...(isThisYear ? {} : { year: 'numeric' }),
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    ...(zone === 'utc' ? { timeZoneName: 'short' } : {}),
  }).format(date);
}

/** The time of the day, such as `09:00 UTC`. */
export function formatClock(instant: string | number, zone: Zone): string {
  return zoned(zone, {
    hour: '2-digit',
    minute: '2-digit',
    ...(zone === 'utc' ? { timeZoneName: 'short' } : {}),
  }).format(new Date(instant));
}

/** The day of an instant, such as `23 Nov 2026`. */
export function formatDay(instant: string | number, zone: Zone): string {
  return zoned(zone, { year: 'numeric', month: 'short', day: 'numeric' }).format(new Date(instant));
}

/** A date of the calendar, which is the same day in every zone. */
export function formatDate(date: string): string {
  return formatDay(`${date}T00:00:00Z`, 'utc');
}
