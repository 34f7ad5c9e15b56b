import { Dialog } from '@base-ui/react/dialog';
import { useState } from 'react';
import { text } from '../text';
import type { DialogProps } from './Dialog';
import styles from './Dialog.module.css';
import { Icon } from './Icon';

export default function DialogLoaded({ open, onClose, title, description, children }: DialogProps) {
  const [opener] = useState(() => document.activeElement);
  return (
    <Dialog.Root
      open={open}
      onOpenChange={next => {
        if (!next) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className={styles['shade']} />
        <Dialog.Popup className={styles['dialog']} finalFocus={headingIfLost(opener)}>
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

/** What opened the dialog may be gone when it closes, as the invitation to add the first holding is. */
const headingIfLost = (opener: Element | null) => () =>
  opener === null || opener.isConnected ? true : document.querySelector<HTMLElement>('h1');
