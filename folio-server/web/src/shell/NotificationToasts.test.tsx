import { act, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import type { Notification } from '../api/types';
import { Toaster } from '../design/Toaster';
import { LiveContext, type LiveHandle } from '../live/context';
import type { LiveEvent } from '../live/events';
import { renderApp } from '../test/render';
import { NotificationToasts } from './NotificationToasts';

function setUp() {
  const handlers = new Set<(event: LiveEvent) => void>();
  const connection = {} as LiveHandle['connection'];
  const view = renderApp(
    <LiveContext value={{ handlers, connection }}>
      <NotificationToasts />
      <Toaster />
    </LiveContext>,
  );
  const tell = (part: Partial<Notification>) =>
    act(() => {
      const data = { id: 'n', title: 'Core has lost 6 %', created_at: new Date().toISOString(), ...part };
      for (const handler of handlers) handler({ name: 'notification', data: data as Notification });
    });
  return { ...view, tell };
}

it('says once what happens, and leads to it', async () => {
  const { tell, user, history } = setUp();
  tell({});
  tell({});
  expect(screen.getAllByText(/Core has lost 6 %/)).toHaveLength(1);
  await user.click(screen.getByRole('link', { name: 'Details' }));
  expect(history.at(-1)).toBe('/alerts');
  expect(screen.queryByText(/Core has lost/)).toBeNull();
});

it('does not say again what happened long ago and is delivered only now', () => {
  const { tell } = setUp();
  tell({ created_at: new Date(Date.now() - 3_600_000).toISOString() });
  expect(screen.queryByText(/Core has lost/)).toBeNull();
});
