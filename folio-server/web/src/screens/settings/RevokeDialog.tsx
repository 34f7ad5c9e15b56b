import { useRevokeToken } from '../../api/tokens';
import type { Token } from '../../api/types';
import { Button } from '../../design/Button';
import { Dialog } from '../../design/Dialog';
import { DialogActions } from '../../design/DialogActions';
import { FormError } from '../../design/FormError';
import { toast } from '../../design/toast';
import { text } from '../../text';
import { nameOf } from './token-text';

/** Asks once, and says who is locked out. */
export function RevokeDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const revoke = useRevokeToken();
  const name = nameOf(token);
  const confirm = () =>
    revoke.mutate(token.id, {
      onSuccess: () => {
        toast(text.tokens.revoked(name));
        onClose();
      },
    });
  return (
    <Dialog open onClose={onClose} title={text.tokens.revokeTitle(name)} description={text.tokens.revokeBody}>
      <FormError error={revoke.error} />
      <DialogActions>
        <Button onClick={onClose}>{text.app.cancel}</Button>
        <Button look="danger" busy={revoke.isPending} onClick={confirm}>
          {text.tokens.revokeOf(name)}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
