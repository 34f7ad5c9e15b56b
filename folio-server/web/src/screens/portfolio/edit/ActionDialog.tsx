import { lazy, Suspense } from 'react';
import type { Portfolio } from '../../../api/types';
import type { HoldingAction } from '../actions';
import { HeldDialog } from './HeldDialog';
import { KeyDialog } from './KeyDialog';
import { RemoveDialog } from './RemoveDialog';

// Forms are fetched when one is wanted: whoever only looks does not load them.
const HoldingDialog = lazy(() => import('./HoldingDialog'));
const PriceDialog = lazy(() => import('./PriceDialog'));

interface Props {
  action: HoldingAction | null;
  portfolio: Portfolio;
  onClose: () => void;
}

/** The dialog for what a person wants to do about a holding. */
export function ActionDialog({ action, portfolio, onClose }: Props) {
  if (action === null) return null;
  return <Suspense fallback={null}>{dialogOf(action, portfolio, onClose)}</Suspense>;
}

function dialogOf(action: HoldingAction, portfolio: Portfolio, onClose: () => void) {
  switch (action.kind) {
    case 'add':
    case 'edit':
      return (
        <HoldingDialog
          portfolioId={portfolio.id}
          version={portfolio.version}
          baseCurrency={portfolio.base_currency}
          lot={action.kind === 'edit' ? action.lot : undefined}
          focusAsset={action.kind === 'edit' && action.focus === 'asset'}
          onClose={onClose}
        />
      );
    case 'remove':
      return (
        <RemoveDialog portfolioId={portfolio.id} lot={action.lot} name={action.name} onClose={onClose} />
      );
    case 'price':
      return (
        <PriceDialog asset={action.asset} name={action.name} currency={action.currency} onClose={onClose} />
      );
    case 'held':
      return <HeldDialog asset={action.asset} name={action.name} onClose={onClose} />;
    case 'key':
      return <KeyDialog assetClass={action.assetClass} onClose={onClose} />;
  }
}
