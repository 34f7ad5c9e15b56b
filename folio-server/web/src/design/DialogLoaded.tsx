import { Dialog } from '@base-ui/react/dialog';
import { useRef, useState } from 'react';
import { text } from '../text';
import type { DialogProps } from './Dialog';
import styles from './Dialog.module.css';
import { Icon } from './Icon';

export default function DialogLoaded({ open, onClose, title, description, children }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  const [wasOpen, setWasOpen] = useState(false);
  const [opener, setOpener] = useState<Element | null>(null);
  if (open !== wasOpen) {
    setWasOpen(open);
    if (open) setOpener(openerNow());
  }
  return (
    <Dialog.Root
      open={open}
      onOpenChange={next => {
        if (!next) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className={styles['shade']} />
        <Dialog.Popup
          ref={popup}
          className={styles['dialog']}
          initialFocus={how => (how === 'touch' ? true : firstOf(popup.current))}
          finalFocus={() => (opener?.isConnected === true ? (opener as HTMLElement) : heading())}
        >
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

/** What has the focus as the dialog opens; of an entry of a menu, which goes, the menu's button. */
function openerNow(): Element | null {
  const active = document.activeElement;
  const menu = active?.closest('[role="menu"]');
  const button = menu?.getAttribute('aria-labelledby');
  return button ? document.getElementById(button) : active;
}

/** A field to fill in, or the first button below, which is the one that does nothing. */
function firstOf(popup: HTMLElement | null): HTMLElement | true {
  const inForm = popup?.querySelector<HTMLElement>('input, select, textarea');
  return inForm ?? popup?.querySelector<HTMLElement>(':scope > :not(header) button') ?? true;
}

/** What opened the dialog may be gone when it closes, as the invitation to add the first holding is. */
const heading = () => document.querySelector<HTMLElement>('h1');
