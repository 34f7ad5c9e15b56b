import { expect, it } from 'vitest';
import { cronText } from './cron';

it('says in words what a schedule is, and what it does not understand as it is', () => {
  const cases = [
    ['0 * * * *', 'Every hour'],
    ['0 9 * * *', 'Every day at 09:00 UTC'],
    ['30 21 * * *', 'Every day at 21:30 UTC'],
    ['0 */6 * * *', 'Every 6 hours'],
    ['15 * * * *', '15 * * * *'],
    ['0 9 * * 1-5', '0 9 * * 1-5'],
    ['*/5 * * * *', '*/5 * * * *'],
  ] as const;
  for (const [cron, words] of cases) expect(cronText(cron)).toBe(words);
});
