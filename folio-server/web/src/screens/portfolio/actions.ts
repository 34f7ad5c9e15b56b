import type { Holding } from '../../api/types';

/** What can be done about a holding; the screen opens the dialog for it. */
export type HoldingAction =
  | { kind: 'add' }
  /** `focus: 'asset'` is for another symbol. */
  | { kind: 'edit'; lot: Holding; focus?: 'asset' }
  | { kind: 'remove'; lot: Holding; name: string }
  | { kind: 'price'; asset: string; name: string; currency: string }
  | { kind: 'key'; assetClass: string }
  /** A price that was held back as implausible. */
  | { kind: 'held'; asset: string; name: string };

export type OnAction = (action: HoldingAction) => void;
