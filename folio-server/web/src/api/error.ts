import { text } from '../text';
import type { FieldProblem, Problem } from './types';

/** `network`: no answer came. `unknown`: an answer came that is not folio's. The rest are the server's codes. */
export type ErrorKind =
  | 'network'
  | 'unknown'
  | 'invalid_input'
  | 'out_of_range'
  | 'unsupported'
  | 'missing_rate'
  | 'unauthenticated'
  | 'permission_denied'
  | 'not_found'
  | 'missing_price'
  | 'conflict'
  | 'precondition_failed'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'unavailable'
  | 'timeout'
  | 'internal'
  | 'corrupt_data';

interface Details {
  kind: ErrorKind;
  message: string;
  status?: number;
  fields?: readonly FieldProblem[];
  /** Whole seconds, where the server says when to come back. */
  retryAfter?: number | null;
  requestId?: string | null;
}

/** The one error of every call to the server. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly kind: ErrorKind;
  /** 0 when no answer came. */
  readonly status: number;
  readonly fields: readonly FieldProblem[];
  readonly retryAfter: number | null;
  readonly requestId: string | null;

  constructor(details: Details) {
    super(details.message);
    this.kind = details.kind;
    this.status = details.status ?? 0;
    this.fields = details.fields ?? [];
    this.retryAfter = details.retryAfter ?? null;
    this.requestId = details.requestId ?? null;
  }

  /** The one thing to do about it. */
  get remedy(): string {
    return text.errors.remedy[this.kind];
  }

  /** What is wrong with the field at a JSON pointer, such as `/quantity`. */
  field(pointer: string): string | undefined {
    return this.fields.find(field => field.pointer === pointer)?.detail;
  }

  /** Whether asking again, unchanged, may do. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status === 503;
  }
}

/** Whatever was thrown, as an `ApiError`. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError({ kind: 'unknown', message: error instanceof Error ? error.message : String(error) });
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;
}

/** The error that an answer stands for; a proxy's page of HTML is one too. */
export async function errorOf(response: Response): Promise<ApiError> {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const common = {
    status: response.status,
    retryAfter: Number.isFinite(seconds) ? seconds : null,
    requestId: response.headers.get('x-request-id'),
  };
  const body: unknown = await response.json().catch(() => null);
  if (!isProblem(body)) {
    const kind = response.status === 502 || response.status === 504 ? 'unavailable' : 'unknown';
    return new ApiError({ ...common, kind, message: text.errors.notFolio(response.status) });
  }
  const isKnown = body.code in text.errors.remedy;
  return new ApiError({
    ...common,
    kind: isKnown ? (body.code as ErrorKind) : 'unknown',
    message: body.detail,
    fields: Array.isArray(body.errors) ? body.errors : [],
    requestId: body.request_id,
  });
}
