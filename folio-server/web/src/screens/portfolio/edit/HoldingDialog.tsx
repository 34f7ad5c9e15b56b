import type { Holding } from '../../../api/types';
import { Dialog } from '../../../design/Dialog';
import { text } from '../../../text';
import { HoldingForm } from './HoldingForm';

interface Props {
  portfolioId: string;
  version: number;
  baseCurrency: string;
  /** The lot to change; without one a lot is added. */
  lot?: Holding | undefined;
  focusAsset?: boolean;
  onClose: () => void;
}

export default function HoldingDialog(props: Props) {
  const title = props.lot === undefined ? text.holdingForm.add : text.holdingForm.edit;
  return (
    <Dialog open onClose={props.onClose} title={title}>
      <HoldingForm {...props} />
    </Dialog>
  );
}
