import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Toaster } from '../design/Toaster';
import { text } from '../text';
import { ConnectionState } from './ConnectionState';
import { Navigation } from './Navigation';
import { useNavigationEffects } from './navigation';
import { NotificationToasts } from './NotificationToasts';
import { OfflineNote } from './OfflineNote';
import { OwnMenu } from './OwnMenu';
import styles from './Shell.module.css';

/** What stays around every screen. */
export function Shell({ children }: { children: ReactNode }) {
  useNavigationEffects();
  return (
    <>
      <a href="#content" className={styles['skip']}>
        {text.app.skip}
      </a>
      <header className={styles['top']}>
        <Link href="/" className={styles['mark'] ?? ''}>
          {text.app.name}
        </Link>
        <Navigation />
        <ConnectionState />
        <OwnMenu />
      </header>
      <OfflineNote />
      <main id="content" tabIndex={-1} className={styles['main']}>
        {children}
      </main>
      <NotificationToasts />
      <Toaster />
    </>
  );
}
