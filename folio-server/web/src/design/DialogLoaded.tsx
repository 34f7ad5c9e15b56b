import { Dialog } from '@base-ui/react/dialog';
import { text } from '../text';
import type { DialogProps } from './Dialog';
import styles from './Dialog.module.css';
import { Icon } from './Icon';

export default function DialogLoaded({ open, onClose, title, description, children }: DialogProps) {
  return (
    <Dialog.Root
      open={open}
      onOpenChange={next => {
        if (!next) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className={styles['shade']} />
        <Dialog.Popup className={styles['dialog']}>
          <header className={styles['head']}>
            <Dialog.Title className={styles['title']}>{title}</Dialog.Title>
            <Dialog.Close className={styles['close']} aria-label={text.app.close}>
              <Icon name="close" />
            </Dialog.Close>
          </header>
          {description !== undefined && (
            <Dialog.Description className={styles['description']}>{description}</Dialog.Description>
          )}
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
