import { describe, expect, it } from 'vitest';
import { ageSeconds, formatClock, formatDate, formatDuration, formatInstant } from './time';

const NOW = Date.parse('2026-11-23T12:00:00Z');

describe('time', () => {
  it('has ages in their largest unit', () => {
    const ages = [
      [5, '5 sec'],
      [125, '2 min'],
      [3 * 3600 + 59, '3 hr'],
      [47 * 3600, '47 hr'],
      [72 * 3600, '3 days'],
    ];
    for (const [seconds, text] of ages) expect(formatDuration(seconds as number)).toBe(text);
  });

  it('has no age before now', () => {
    expect(ageSeconds('2026-11-23T12:00:09Z', NOW)).toBe(0);
    expect(ageSeconds('2026-11-23T09:00:00Z', NOW)).toBe(3 * 3600);
  });

  it('says UTC where it is UTC, and the year where it is another', () => {
    expect(formatInstant('2026-11-23T09:00:00Z', 'utc', NOW)).toBe('Nov 23, 09:00 AM UTC');
    expect(formatInstant('2025-11-23T09:00:00Z', 'utc', NOW)).toBe('Nov 23, 2025, 09:00 AM UTC');
    expect(formatClock('2026-11-23T21:05:00Z', 'utc')).toBe('09:05 PM UTC');
  });

  it('leaves a date of the calendar on its day', () => {
    expect(formatDate('2026-01-01')).toBe('Jan 1, 2026');
  });
});
