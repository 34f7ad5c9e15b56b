import { PRICE_RANGES, type PriceRange } from '../../api/prices';

export type { PriceRange };
export const RANGES = Object.keys(PRICE_RANGES) as PriceRange[];
