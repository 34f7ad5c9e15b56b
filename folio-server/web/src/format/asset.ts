import type { AssetInfo } from '../api/types';
import { partsOf } from '../api/prices';

/** What an asset is called: its name, or as long as nobody has said that, its symbol. */
export function assetName(asset: string, info: AssetInfo | null | undefined): string {
  return info?.name ?? partsOf(asset).symbol;
}

/** The short name that people know it by. */
export function assetTicker(asset: string, info: AssetInfo | null | undefined): string {
  return info?.ticker ?? partsOf(asset).symbol;
}

/** Where the page of an asset is. */
export function assetPath(asset: string): string {
  const parts = partsOf(asset);
  return `/asset/${encodeURIComponent(parts.class)}/${encodeURIComponent(parts.symbol)}`;
}
