import type { Zone } from '../format/time';
import { oneOf, preference } from './preference';

export const ZONES = ['local', 'utc'] as const satisfies readonly Zone[];

/** In which zone instants are written. */
export const zone = preference<Zone>('zone', 'local', oneOf(ZONES));
