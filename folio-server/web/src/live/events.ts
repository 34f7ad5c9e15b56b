// What the page expects of `GET /api/v1/events`; the server's own description is in the OpenAPI document:
//
// - `text/event-stream`, for the session's cookie (the browser sends it; `EventSource` cannot send a bearer).
//   Without a session the answer is 401, which ends the stream for good; the page asks `/session` then.
// - Each event has a name (`event:`) and one line of JSON (`data:`). After a broken connection the browser comes
//   back with `Last-Event-ID`, and the server tells what came since, or `reset` where that is too much. After a
//   pause in a hidden tab the page opens a new stream without that header and reads again what is on the screen.
// - An event may come twice. Other names are ignored, and so are other fields.
// - Only what belongs to the session's owner is sent. Quotes: of the assets in the owner's portfolios, in the
//   currency of each portfolio that has them.
import type { Decimal, Job, Notification, Quote, Status } from '../api/types';

/** The totals of a valuation that was just kept. */
export interface ValuationEvent {
  portfolio_id: string;
  id: string;
  as_of: string;
  status: Status;
  /** null where it is not known. */
  total_value: Decimal | null;
  base_currency: string;
}

/** What each event carries: `Quote`, `Job` and `Notification` are those of the OpenAPI document. */
export interface LivePayloads {
  quote: Quote;
  valuation: ValuationEvent;
  job: Job;
  notification: Notification;
  /** More happened than is told one by one. */
  reset: { reason: string };
}

export type LiveName = keyof LivePayloads;
export type LiveEvent = { [N in LiveName]: { name: N; data: LivePayloads[N] } }[LiveName];

export const EVENTS_ADDRESS = '/api/v1/events';
/** The field that tells each payload from something else. */
const TELLING: { [N in LiveName]: keyof LivePayloads[N] & string } = {
  quote: 'asset',
  valuation: 'portfolio_id',
  job: 'state',
  notification: 'message',
  reset: 'reason',
};
export const LIVE_NAMES = Object.keys(TELLING) as LiveName[];

/** Reads an event; null for what the page does not understand, which must not stop the others. */
export function readEvent(name: LiveName, line: string): LiveEvent | null {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof data !== 'object' || data === null || !(TELLING[name] in data)) return null;
  return { name, data } as LiveEvent;
}
