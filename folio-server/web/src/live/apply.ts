import type { QueryClient } from '@tanstack/react-query';
import { keys } from '../api/keys';
import type { HoldingValuation, Quote, Valuation } from '../api/types';
import type { LiveEvent } from './events';

/** Prices come in bursts; what they move is read once for all of them. */
const GATHER = 1500;

/** Brings the cache of answers up to date with what the server tells. */
export class EventApplier {
  /** The newest quotes by asset, one for each currency that they are told in. */
  private readonly moved = new Map<string, Map<string, Quote>>();
  private isReset = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly client: QueryClient) {}

  apply(event: LiveEvent): void {
    switch (event.name) {
      case 'quote':
        this.note(event.data);
        this.settleSoon();
        break;
      case 'valuation': {
        const { portfolio_id: id } = event.data;
        void this.client.invalidateQueries({ queryKey: keys.portfolioList });
        void this.client.invalidateQueries({ queryKey: keys.valuation(id) });
        void this.client.invalidateQueries({ queryKey: keys.histories(id) });
        void this.client.invalidateQueries({ queryKey: keys.summaries });
        // A rule may have fired, or waits again.
        void this.client.invalidateQueries({ queryKey: keys.rules(id) });
        break;
      }
      case 'reset':
        // Nobody knows what was missed, so all that is shown is read again; once, however often it is told.
        this.isReset = true;
        this.settleSoon();
        break;
      case 'job':
        this.client.setQueryData(keys.job(event.data.id), event.data);
        break;
      case 'notification':
        void this.client.invalidateQueries({ queryKey: keys.notifications });
        break;
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.moved.clear();
    this.isReset = false;
  }

  private note(quote: Quote): void {
    const known = this.moved.get(quote.asset);
    if (known === undefined) this.moved.set(quote.asset, new Map([[quote.currency, quote]]));
    else known.set(quote.currency, quote);
  }

  private settleSoon(): void {
    this.timer ??= setTimeout(() => this.settle(), GATHER);
  }

  /**
   * Reads the valuations again that hold what moved. The sums are the server's: a total that the page added
   * up itself would differ from the one that is stored.
   */
  private settle(): void {
    const moved = new Map(this.moved);
    const isReset = this.isReset;
    this.stop();
    if (isReset) {
      void this.client.invalidateQueries({ refetchType: 'active' });
      return;
    }
    void this.client.invalidateQueries({
      queryKey: keys.portfolios,
      predicate: query => {
        if (query.queryKey[2] !== 'valuation') return false;
        const valuation = query.state.data as Valuation | undefined;
        return valuation?.holdings?.some(held => differs(held, moved.get(held.asset), valuation)) ?? true;
      },
    });
    void this.client.invalidateQueries({ queryKey: keys.summaries });
    // Read again in the currency in which it is shown, which need not be that of the event.
    for (const asset of moved.keys()) void this.client.invalidateQueries({ queryKey: keys.quotes(asset) });
  }
}

/**
 * Whether a quote is another than the one that a holding was valued with. Whoever begins to listen is told all of
 * them, and a large portfolio is not read a second time for that.
 */
function differs(
  held: HoldingValuation,
  told: Map<string, Quote> | undefined,
  valuation: Valuation,
): boolean {
  if (told === undefined) return false;
  const { as_of: at, source, state } = held.pricing;
  return [...told.values()].some(
    quote =>
      quote.as_of !== at ||
      quote.source !== source ||
      // The price is the same, and nobody confirms it any more, or somebody does again.
      (quote.freshness === 'stale') !== (state === 'carried') ||
      (quote.currency === valuation.base_currency && (quote.fx?.as_of ?? null) !== (held.fx?.as_of ?? null)),
  );
}
