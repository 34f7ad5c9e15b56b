import { text } from '../text';
import { ApiError, errorOf } from './error';
import type { paths } from './schema';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends { responses: unknown } ? P : never;
}[keyof paths];

type JsonOf<T> = T extends { content: { 'application/json': infer Body } } ? Body : undefined;
type Success = 200 | 201 | 202 | 204;
type AnswerOf<O> = O extends { responses: infer R } ? JsonOf<R[keyof R & Success]> : never;
type BodyOf<O> = O extends { requestBody: infer R } ? JsonOf<R> : undefined;
type PathPart<O> = O extends { parameters: { path: infer P } } ? { path: P } : { path?: never };
type QueryPart<O> = O extends { parameters: { query?: infer Q } } ? { query?: Q } : { query?: never };
type BodyPart<O> = BodyOf<O> extends undefined ? { body?: never } : { body: BodyOf<O> };

interface Common {
  signal?: AbortSignal | undefined;
  /** The version that the change is meant for. A newer one makes the server answer 412. */
  ifVersion?: number | undefined;
  /** The same key for every try of one creation, so that a lost answer creates nothing twice. */
  idempotencyKey?: string | undefined;
}

export type Options<O> = Common & PathPart<O> & QueryPart<O> & BodyPart<O>;

/**
 * Asks the server, with types from its OpenAPI document.
 *
 * The session is a cookie that scripts cannot read. A change needs no token against forgery: the cookie is
 * `SameSite=Strict`, and the server compares the `Origin` that the browser sends.
 */
export async function request<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  options: Options<paths[P][M]>,
): Promise<AnswerOf<paths[P][M]>> {
  const { body, ifVersion, idempotencyKey, signal } = options as Common & { body?: unknown };
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (ifVersion !== undefined) headers['If-Match'] = `"${ifVersion}"`;
  if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
  const response = await send(addressOf(path, options), {
    method: method.toUpperCase(),
    headers,
    credentials: 'same-origin',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (!response.ok) throw await errorOf(response);
  type Answer = AnswerOf<paths[P][M]>;
  if (response.status === 204) return undefined as Answer;
  try {
    return (await response.json()) as Answer;
  } catch {
    // The development server and many proxies answer unknown addresses with a page and status 200.
    throw new ApiError({
      kind: 'unknown',
      status: response.status,
      message: text.errors.notFolio(response.status),
    });
  }
}

async function send(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError({ kind: 'network', message: text.errors.unreachable });
  }
}

function addressOf(path: string, options: object): string {
  const { path: parts = {}, query = {} } = options as {
    path?: Record<string, string>;
    query?: Record<string, string | number | boolean | null | undefined>;
  };
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value));
  }
  const tail = search.toString();
  return tail === '' ? filled : `${filled}?${tail}`;
}

/** A key for one creation. `crypto.randomUUID` is missing on a plain http address that is not loopback. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}
