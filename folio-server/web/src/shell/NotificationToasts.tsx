import { useCallback, useRef } from 'react';
import type { Notification } from '../api/types';
import { toast } from '../design/toast';
import { useLiveEvent } from '../live/context';
import { text } from '../text';

/** What is older has been told already, and comes because its delivery got further. */
const NEWS = 15 * 60_000;

/** Says on whatever page is open what the owner is told. It stays until it is dismissed. */
export function NotificationToasts() {
  const told = useRef(new Set<string>());
  const onNotification = useCallback((notification: Notification) => {
    const isOld = Date.now() - Date.parse(notification.created_at) > NEWS;
    // The same one comes again with each step of its delivery.
    if (isOld || told.current.has(notification.id)) return;
    told.current.add(notification.id);
    toast(notification.title, {
      stays: true,
      link: { label: text.notifications.details, href: '/alerts' },
    });
  }, []);
  useLiveEvent('notification', onNotification);
  return null;
}
