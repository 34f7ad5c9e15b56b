import { useRemoveHolding } from '../../../api/holdings';
import type { Holding } from '../../../api/types';
import { Button } from '../../../design/Button';
import { Dialog } from '../../../design/Dialog';
import { DialogActions } from '../../../design/DialogActions';
import { FormError } from '../../../design/FormError';
import { formatQuantity } from '../../../format/money';
import { text } from '../../../text';

interface Props {
  portfolioId: string;
  lot: Holding;
  name: string;
  onClose: () => void;
}

/** Asks once before a lot goes, and says what stays. */
export function RemoveDialog({ portfolioId, lot, name, onClose }: Props) {
  const remove = useRemoveHolding(portfolioId);
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.holdingRemove.title(name)}
      description={text.holdingRemove.body(formatQuantity(lot.quantity), name)}
    >
      <FormError error={remove.error} />
      <DialogActions>
        <Button onClick={onClose}>{text.app.cancel}</Button>
        <Button
          look="danger"
          busy={remove.isPending}
          onClick={() => remove.mutate(lot.id, { onSuccess: onClose })}
        >
          {text.holdingRemove.submit}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
