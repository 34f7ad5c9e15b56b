import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveConnection, type Source } from './connection';
import type { LiveEvent } from './events';

/** A stream that a test opens, breaks and speaks through. */
class FakeSource implements Source {
  readyState = 0;
  onopen: ((event: Event) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  private readonly listeners = new Map<string, (event: MessageEvent<string>) => void>();
  constructor(readonly address: string) {}
  addEventListener(name: string, listener: (event: MessageEvent<string>) => void) {
    this.listeners.set(name, listener);
  }
  close() {
    this.readyState = 2;
  }
  opens() {
    this.readyState = 1;
    this.onopen?.(new Event('open'));
  }
  /** `for good`: the server answered with a status; otherwise the browser connects again. */
  breaks(how: 'for good' | 'for now') {
    this.readyState = how === 'for good' ? 2 : 0;
    this.onerror?.(new Event('error'));
  }
  says(name: string, data: string) {
    this.listeners.get(name)?.(new MessageEvent(name, { data }));
  }
}

class FakePage extends EventTarget {
  hidden = false;
  show(hidden: boolean) {
    this.hidden = hidden;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

function setUp() {
  const sources: FakeSource[] = [];
  const events: LiveEvent[] = [];
  const page = new FakePage();
  const wake = new EventTarget();
  const onResume = vi.fn();
  const onTrouble = vi.fn();
  const connection = new LiveConnection({
    open: address => {
      const source = new FakeSource(address);
      sources.push(source);
      return source;
    },
    page: page,
    wake: wake,
    onEvent: event => events.push(event),
    onResume,
    onTrouble,
  });
  connection.start();
  const last = () => {
    const source = sources.at(-1);
    if (source === undefined) throw new Error('no stream was opened');
    return source;
  };
  return { sources, events, page, wake, onResume, onTrouble, connection, last };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('the stream of events', () => {
  it('is one, however often it is started', () => {
    const { sources, connection, last } = setUp();
    connection.start();
    expect(sources).toHaveLength(1);
    expect(last().address).toBe('/api/v1/events');
    expect(connection.state()).toBe('connecting');
    last().opens();
    expect(connection.state()).toBe('live');
  });

  it('hands on what it understands and nothing else', () => {
    const { events, last } = setUp();
    last().opens();
    last().says('quote', '{"asset":"crypto:bitcoin","price":"1"}');
    last().says('quote', 'not json');
    last().says('quote', '[]');
    last().says('job', '{"id":"1"}');
    last().says('weather', '{}');
    last().says('reset', '{"reason":"too_long_ago"}');
    expect(events).toEqual([
      { name: 'quote', data: { asset: 'crypto:bitcoin', price: '1' } },
      { name: 'reset', data: { reason: 'too_long_ago' } },
    ]);
  });

  it('leaves a short break to the browser and reads again afterwards', () => {
    const { sources, connection, last, onResume, onTrouble } = setUp();
    last().opens();
    last().breaks('for now');
    expect(onTrouble).not.toHaveBeenCalled();
    expect(connection.state()).toBe('connecting');
    last().breaks('for now');
    expect(connection.state()).toBe('offline');
    expect(onTrouble).toHaveBeenCalledTimes(1);
    last().opens();
    expect(connection.state()).toBe('live');
    expect(sources).toHaveLength(1);
    expect(onResume).toHaveBeenCalledTimes(1);
  });

  it('opens a new one after a refusal, later each time', () => {
    const { sources, last, onTrouble } = setUp();
    vi.spyOn(Math, 'random').mockReturnValue(0);
    last().breaks('for good');
    expect(onTrouble).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(999);
    expect(sources).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(sources).toHaveLength(2);
    last().breaks('for good');
    vi.advanceTimersByTime(1999);
    expect(sources).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(sources).toHaveLength(3);
    for (let index = 0; index < 10; index += 1) {
      last().breaks('for good');
      vi.advanceTimersByTime(30_000);
    }
    expect(sources).toHaveLength(13);
  });

  it('is closed while nobody looks', () => {
    const { sources, page, last, connection, onResume } = setUp();
    last().opens();
    page.show(true);
    expect(last().readyState).toBe(2);
    vi.advanceTimersByTime(3_600_000);
    expect(sources).toHaveLength(1);
    page.show(false);
    expect(sources).toHaveLength(2);
    last().opens();
    expect(connection.state()).toBe('live');
    expect(onResume).toHaveBeenCalledTimes(1);
  });

  it('does not come back in a hidden tab after a refusal', () => {
    const { sources, page, last } = setUp();
    last().breaks('for good');
    page.show(true);
    vi.advanceTimersByTime(3_600_000);
    expect(sources).toHaveLength(1);
  });

  it('tries at once when the network is back or a person asks', () => {
    const { sources, wake, connection, last } = setUp();
    last().breaks('for good');
    wake.dispatchEvent(new Event('online'));
    expect(sources).toHaveLength(2);
    last().breaks('for good');
    connection.tryNow();
    expect(sources).toHaveLength(3);
    last().opens();
    connection.tryNow();
    expect(sources).toHaveLength(3);
  });

  it('ends when it is stopped', () => {
    const { sources, connection, last, page } = setUp();
    connection.stop();
    expect(last().readyState).toBe(2);
    page.show(true);
    page.show(false);
    vi.advanceTimersByTime(60_000);
    expect(sources).toHaveLength(1);
  });
});
