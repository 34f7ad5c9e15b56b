import { describe, expect, it, vi } from 'vitest';
import { fakeServer, problem } from '../test/server';
import { newIdempotencyKey, request } from './client';
import { ApiError, asApiError } from './error';

const failure = async (work: Promise<unknown>) =>
  asApiError(
    await work.then(
      () => 'no error',
      (error: unknown) => error,
    ),
  );
const portfolios = () => failure(request('get', '/api/v1/portfolios', {}));

describe('request', () => {
  it('fills the path, drops what is not set, and sends version and key', async () => {
    const server = fakeServer({
      'PATCH /api/v1/portfolios/a%2Fb': { body: {} },
      'POST /api/v1/portfolios': { body: {} },
    });
    await request('patch', '/api/v1/portfolios/{id}', {
      path: { id: 'a/b' },
      body: { name: 'x' },
      ifVersion: 3,
    });
    await request('post', '/api/v1/portfolios', { body: { name: 'x' }, idempotencyKey: 'k' });
    await portfolios();
    expect(server.calls[0]?.headers.get('if-match')).toBe('"3"');
    expect(server.calls[1]?.headers.get('idempotency-key')).toBe('k');
    expect(server.calls[1]?.body).toEqual({ name: 'x' });
    expect(server.calls[2]?.path).toBe('/api/v1/portfolios');
  });

  it('answers nothing for 204', async () => {
    fakeServer({ 'DELETE /api/v1/session': { status: 204 } });
    await expect(request('delete', '/api/v1/session', {})).resolves.toBeUndefined();
  });
});

describe('errors', () => {
  it('carry what is wrong with each field', async () => {
    fakeServer({
      'GET /api/v1/portfolios': problem(422, 'invalid_input', 'one is wrong', [['/quantity', 'not zero']]),
    });
    const error = await portfolios();
    expect(error).toBeInstanceOf(ApiError);
    expect([error.kind, error.status, error.requestId]).toEqual(['invalid_input', 422, 'r-1']);
    expect(error.field('/quantity')).toBe('not zero');
    expect(error.field('/asset')).toBeUndefined();
    expect(error.isTemporary).toBe(false);
  });

  it('carry when to come back', async () => {
    const answer = problem(503, 'unavailable', 'the source rests');
    fakeServer({ 'GET /api/v1/portfolios': { ...answer, headers: { 'retry-after': '7' } } });
    const error = await portfolios();
    expect([error.retryAfter, error.isTemporary]).toEqual([7, true]);
    expect(error.remedy).toMatch(/again/);
  });

  it('are known for what a proxy says and for codes of tomorrow', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>', { status: 502 })));
    expect((await portfolios()).kind).toBe('unavailable');
    fakeServer({ 'GET /api/v1/portfolios': problem(418, 'teapot', 'short and stout') });
    const error = await portfolios();
    expect([error.kind, error.message]).toEqual(['unknown', 'short and stout']);
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>', { status: 200 })));
    expect((await portfolios()).kind).toBe('unknown');
  });

  it('tell silence from a fault', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    const error = await portfolios();
    expect([error.kind, error.status, error.isTemporary]).toEqual(['network', 0, true]);
  });
});

it('makes keys that differ', () => {
  expect(newIdempotencyKey()).toMatch(/^[0-9a-f]{32}$/);
  expect(newIdempotencyKey()).not.toBe(newIdempotencyKey());
});
