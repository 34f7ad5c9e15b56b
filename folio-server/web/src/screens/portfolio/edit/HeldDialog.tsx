import { useQuarantine } from '../../../api/quarantine';
import { Dialog } from '../../../design/Dialog';
import { ErrorState } from '../../../design/ErrorState';
import { Skeleton } from '../../../design/Skeleton';
import { HeldPrice } from '../../../shell/HeldPrice';
import { text } from '../../../text';

interface Props {
  asset: string;
  name: string;
  onClose: () => void;
}

/** The prices of an asset that are held back, for somebody to decide. */
export function HeldDialog({ asset, name, onClose }: Props) {
  const quarantine = useQuarantine();
  const held = (quarantine.data ?? []).filter(each => each.asset === asset);
  return (
    <Dialog open onClose={onClose} title={text.quarantine.titleOf(name)}>
      {quarantine.data === undefined ? (
        quarantine.isPending ? (
          <Skeleton height="6rem" />
        ) : (
          <ErrorState
            title={text.errors.load(text.quarantine.what)}
            error={quarantine.error}
            onRetry={() => void quarantine.refetch()}
          />
        )
      ) : held.length === 0 ? (
        <p>{text.quarantine.gone}</p>
      ) : (
        held.map(each => <HeldPrice key={each.id} held={each} name={name} onAccepted={onClose} />)
      )}
    </Dialog>
  );
}
