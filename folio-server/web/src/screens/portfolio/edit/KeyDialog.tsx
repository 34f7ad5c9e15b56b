import { Button } from '../../../design/Button';
import { Dialog } from '../../../design/Dialog';
import { DialogActions } from '../../../design/DialogActions';
import { text } from '../../../text';
import styles from './HoldingForm.module.css';

/** Where the key of a source goes: into the server's settings, which a page does not change. */
export function KeyDialog({ assetClass, onClose }: { assetClass: string; onClose: () => void }) {
  const lines = text.keys.settings[assetClass] ?? text.keys.settings['other'] ?? [];
  return (
    <Dialog open onClose={onClose} title={text.keys.title} description={text.keys.body}>
      <ul className={styles['form']}>
        {lines.map(([name, what]) => (
          <li key={name}>
            <p className={styles['code']}>{name}</p>
            <p className="quiet small">{what}</p>
          </li>
        ))}
      </ul>
      <p className="quiet">{text.keys.then}</p>
      <DialogActions>
        <Button look="primary" onClick={onClose}>
          {text.app.close}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
