import { createServer } from 'node:http';

const DAY = 86_400_000;

/** The coins of a world that does not exist, and what they cost. */
const COINS = [
  { id: 'bitcoin', symbol: 'btc', name: 'Bitcoin', usd: 60_000 },
  { id: 'ethereum', symbol: 'eth', name: 'Ethereum', usd: 3_000 },
  { id: 'bitcoin-cash', symbol: 'bch', name: 'Bitcoin Cash', usd: 400 },
];

/**
 * Answers as CoinGecko does, with invented prices that a test moves; takes what a webhook is sent; can be down.
 *
 * The shapes are those of its public documentation: `/simple/price`, `/coins/list`, `/coins/markets` and
 * `/coins/{id}/market_chart`. Exchange rates are Frankfurter's `/rates`.
 */
export async function startPrices() {
  const coins = new Map(COINS.map(coin => [coin.id, { ...coin }]));
  const state = { isDown: false, hookStatus: 204 };
  const hooks = [];
  const calls = [];

  const simple = query =>
    Object.fromEntries(
      (query.get('ids') ?? '').split(',').flatMap(id => {
        const coin = coins.get(id);
        if (coin === undefined) return [];
        const at = Math.floor(Date.now() / 1000);
        return [
          [id, { usd: coin.usd, usd_24h_change: 1.25, usd_market_cap: coin.usd * 1e7, last_updated_at: at }],
        ];
      }),
    );
  const chart = (id, query) => {
    const coin = coins.get(id);
    if (coin === undefined) return null;
    const days = Number(query.get('days') ?? 30);
    const step = query.get('interval') === 'daily' ? DAY : DAY / 24;
    const first = Math.floor((Date.now() - days * DAY) / step + 1) * step;
    const prices = [];
    for (let at = first; at <= Date.now(); at += step) {
      prices.push([at, coin.usd * (0.95 + 0.05 * Math.sin(at / DAY / 3))]);
    }
    prices.push([Date.now(), coin.usd]);
    return { prices, market_caps: [], total_volumes: [] };
  };
  const answerOf = (path, query) => {
    if (path === '/api/v3/simple/price') return simple(query);
    if (path === '/api/v3/coins/list') return COINS.map(({ id, symbol, name }) => ({ id, symbol, name }));
    if (path === '/api/v3/coins/markets') return COINS.map(({ id }) => ({ id }));
    const id = /^\/api\/v3\/coins\/([^/]+)\/market_chart$/.exec(path)?.[1];
    if (id !== undefined) return chart(id, query);
    if (path === '/v2/rates') {
      const date = new Date().toISOString().slice(0, 10);
      return (query.get('quotes') ?? '').split(',').map(quote => ({ date, base: 'EUR', quote, rate: 1.1 }));
    }
    return null;
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://prices');
    if (url.pathname === '/hook') {
      let body = '';
      request.on('data', part => (body += part));
      request.on('end', () => {
        hooks.push(JSON.parse(body));
        response.writeHead(state.hookStatus).end();
      });
      return;
    }
    calls.push(url.pathname);
    if (state.isDown) {
      response.writeHead(503).end();
      return;
    }
    const answer = answerOf(url.pathname, url.searchParams);
    response.writeHead(answer === null ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { error: 'coin not found' }));
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    state,
    hooks,
    calls,
    set: (id, usd) => void (coins.get(id).usd = usd),
    stop: () =>
      new Promise(resolve => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}
