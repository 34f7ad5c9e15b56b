import type { QueryClient } from '@tanstack/react-query';
import { keys } from '../api/keys';
import type { Valuation } from '../api/types';
import type { LiveEvent } from './events';

/** Prices come in bursts; what they move is read once for all of them. */
const GATHER = 1500;

/** Brings the cache of answers up to date with what the server tells. */
export class EventApplier {
  private readonly moved = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly client: QueryClient) {}

  apply(event: LiveEvent): void {
    switch (event.name) {
      case 'quote':
        this.client.setQueryData(keys.quote(event.data.asset), event.data);
        this.moved.add(event.data.asset);
        this.timer ??= setTimeout(() => this.settle(), GATHER);
        break;
      case 'valuation': {
        const { portfolio_id: id } = event.data;
        void this.client.invalidateQueries({ queryKey: keys.portfolioList });
        void this.client.invalidateQueries({ queryKey: keys.valuation(id) });
        void this.client.invalidateQueries({ queryKey: keys.histories(id) });
        void this.client.invalidateQueries({ queryKey: keys.summaries });
        break;
      }
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
  }

  /**
   * Reads the valuations again that hold what moved. The sums are the server's: a total that the page added
   * up itself would differ from the one that is stored.
   */
  private settle(): void {
    const moved = new Set(this.moved);
    this.stop();
    void this.client.invalidateQueries({
      queryKey: keys.portfolios,
      predicate: query => {
        if (query.queryKey[2] !== 'valuation') return false;
        const valuation = query.state.data as Valuation | undefined;
        return valuation?.holdings?.some(holding => moved.has(holding.asset)) ?? true;
      },
    });
    void this.client.invalidateQueries({ queryKey: keys.summaries });
  }
}
