import { lazy, Suspense, useState, type ReactNode } from 'react';

const Loaded = lazy(() => import('./DialogLoaded'));

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** A sentence that is read with the title. */
  description?: ReactNode;
  children: ReactNode;
}

/** A dialog. What traps the focus is fetched with the first one that opens. */
export function Dialog(props: DialogProps) {
  const [wasOpen, setWasOpen] = useState(props.open);
  if (props.open && !wasOpen) setWasOpen(true);
  if (!wasOpen) return null;
  return (
    <Suspense fallback={null}>
      <Loaded {...props} />
    </Suspense>
  );
}
