import { vi } from 'vitest';

export interface Call {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

export interface Answer {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
}
type Handler = Answer | ((call: Call) => Answer);

/** A server of a few answers, by `METHOD /path`, in the place of `fetch`. What is not listed is a 404. */
export function fakeServer(routes: Record<string, Handler>): {
  calls: Call[];
  routes: Record<string, Handler>;
} {
  const calls: Call[] = [];
  vi.stubGlobal('fetch', (address: string, init: RequestInit = {}) => {
    const method = init.method ?? 'GET';
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
    const call = { method, path: address, headers: new Headers(init.headers), body };
    calls.push(call);
    const found = routes[`${method} ${address}`] ?? routes[`${method} ${address.split('?')[0] ?? ''}`];
    const answer =
      typeof found === 'function' ? found(call) : (found ?? problem(404, 'not_found', 'nothing here'));
    const text = answer.body === undefined ? null : JSON.stringify(answer.body);
    return Promise.resolve(
      new Response(text, { status: answer.status ?? 200, headers: answer.headers ?? {} }),
    );
  });
  return { calls, routes };
}

/** A fault in the server's form. */
export function problem(
  status: number,
  code: string,
  detail: string,
  errors: [pointer: string, detail: string][] = [],
): Answer {
  const body = {
    type: 'about:blank',
    title: 'A fault',
    status,
    code,
    detail,
    request_id: 'r-1',
    errors: errors.map(([pointer, what]) => ({ pointer, code, detail: what })),
  };
  return { status, body };
}
