import type { Scope, Token } from '../../api/types';
import { text } from '../../text';

export const nameOf = (token: Token) => token.name ?? text.tokens.noName;

/** The widest of what a token may do: admin includes write, and write includes read. */
export function widest(scopes: readonly Scope[]): Scope {
  return scopes.includes('admin') ? 'admin' : scopes.includes('write') ? 'write' : 'read';
}
