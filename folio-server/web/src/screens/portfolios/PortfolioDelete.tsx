import { useDeletePortfolio } from '../../api/portfolios';
import type { PortfolioSummary } from '../../api/types';
import { Button } from '../../design/Button';
import { Dialog } from '../../design/Dialog';
import { DialogActions } from '../../design/DialogActions';
import { FormError } from '../../design/FormError';
import { toast } from '../../design/toast';
import { useTimes } from '../../format/use-times';
import { text } from '../../text';

type Deletable = Pick<PortfolioSummary, 'id' | 'name' | 'version' | 'holding_count' | 'created_at'>;

interface Props {
  /** The one to delete; null is none. */
  portfolio: Deletable | null;
  onClose: () => void;
  onDeleted?: () => void;
}

/** Asks once, and names what goes. */
export function PortfolioDelete({ portfolio, onClose, onDeleted }: Props) {
  const { day } = useTimes();
  const remove = useDeletePortfolio();
  const close = () => {
    remove.reset();
    onClose();
  };
  const name = portfolio?.name ?? '';
  const confirm = () => {
    if (portfolio === null) return;
    remove.mutate(portfolio, {
      onSuccess: () => {
        toast(text.portfolioDelete.done(name));
        close();
        onDeleted?.();
      },
    });
  };
  return (
    <Dialog
      open={portfolio !== null}
      onClose={close}
      title={text.portfolioDelete.title(name)}
      description={
        portfolio !== null &&
        text.portfolioDelete.body(
          name,
          text.count.holdings(portfolio.holding_count),
          day(portfolio.created_at),
        )
      }
    >
      <FormError error={remove.error} />
      <DialogActions>
        <Button onClick={close}>{text.app.cancel}</Button>
        <Button look="danger" busy={remove.isPending} onClick={confirm}>
          {text.portfolioDelete.submit(name)}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
