import { asApiError } from '../../api/error';
import { useChangePortfolio } from '../../api/portfolios';
import type { PortfolioSummary } from '../../api/types';
import { toast } from '../../design/toast';
import { text } from '../../text';

type Archivable = Pick<PortfolioSummary, 'id' | 'name' | 'version' | 'archived'>;

/** Puts a portfolio out of the way, or back; says what that means for its sums. */
export function useArchive(): (portfolio: Archivable) => void {
  const change = useChangePortfolio();
  return ({ id, name, version, archived }) =>
    change.mutate(
      { id, version, patch: { archived: !archived } },
      {
        onSuccess: () => toast(archived ? text.portfolios.broughtBack(name) : text.portfolios.archived(name)),
        onError: error => toast(`${asApiError(error).message} ${asApiError(error).remedy}`, { stays: true }),
      },
    );
}
