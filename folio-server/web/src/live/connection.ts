import { EVENTS_ADDRESS, LIVE_NAMES, readEvent, type LiveEvent } from './events';

/** `connecting`: on its way, or again on its way. `offline`: it failed more than once; the tries go on. */
export type LiveState = 'connecting' | 'live' | 'offline';

/** The part of `EventSource` that is used. */
export interface Source {
  readonly readyState: number;
  onopen: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
  addEventListener: (name: string, listener: (event: MessageEvent<string>) => void) => void;
  close: () => void;
}

interface Parts {
  open?: (address: string) => Source;
  page?: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>;
  wake?: Pick<Window, 'addEventListener' | 'removeEventListener'>;
  onEvent: (event: LiveEvent) => void;
  /** The stream is back after a pause: what is on the screen may be old. */
  onResume: () => void;
  /** The server has ended the stream with an answer, or is not there: the session tells which. */
  onTrouble: () => void;
}

const CLOSED = 2;
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;
/** After so many failures in a row the page says that it is offline. */
const FAILURES = 2;

/** The one stream of events of the page: open while somebody looks, closed in a hidden tab. */
export class LiveConnection {
  private source: Source | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private wasLive = false;
  private isRunning = false;
  private current: LiveState = 'connecting';
  private readonly listeners = new Set<() => void>();
  private readonly parts: Required<Parts>;

  constructor(parts: Parts) {
    this.parts = { open: address => new EventSource(address), page: document, wake: window, ...parts };
  }

  readonly state = (): LiveState => this.current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.parts.page.addEventListener('visibilitychange', this.onVisibility);
    this.parts.wake.addEventListener('online', this.tryNow);
    if (!this.parts.page.hidden) this.connect();
  }

  stop(): void {
    this.isRunning = false;
    this.parts.page.removeEventListener('visibilitychange', this.onVisibility);
    this.parts.wake.removeEventListener('online', this.tryNow);
    this.disconnect();
  }

  /** Does not wait for the pause to end. */
  readonly tryNow = (): void => {
    if (!this.isRunning || this.parts.page.hidden || this.current === 'live') return;
    this.disconnect();
    this.connect();
  };

  private readonly onVisibility = (): void => {
    if (this.parts.page.hidden) {
      this.disconnect();
      this.become('connecting');
    } else if (this.source === null) {
      this.failures = 0;
      this.connect();
    }
  };

  private connect(): void {
    const source = this.parts.open(EVENTS_ADDRESS);
    this.source = source;
    source.onopen = () => {
      this.failures = 0;
      this.become('live');
      if (this.wasLive) this.parts.onResume();
      this.wasLive = true;
    };
    source.onerror = () => this.onError(source);
    for (const name of LIVE_NAMES) {
      source.addEventListener(name, message => {
        const event = readEvent(name, message.data);
        if (event !== null) this.parts.onEvent(event);
      });
    }
  }

  private onError(source: Source): void {
    if (source !== this.source) return;
    this.failures += 1;
    this.become(this.failures >= FAILURES ? 'offline' : 'connecting');
    if (this.failures === FAILURES || source.readyState === CLOSED) this.parts.onTrouble();
    // As long as it is not closed, the browser connects again by itself.
    if (source.readyState !== CLOSED) return;
    this.disconnect();
    const pause = Math.min(FIRST_PAUSE * 2 ** (this.failures - 1), LONGEST_PAUSE);
    // Up to a quarter more, so that the pages of a server that was started again do not all come at once.
    this.timer = setTimeout(() => this.connect(), pause * (1 + Math.random() / 4));
  }

  private disconnect(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  private become(next: LiveState): void {
    if (next === this.current) return;
    this.current = next;
    for (const listener of this.listeners) listener();
  }
}
