import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from './App';
import { keys } from './api/keys';
import { renderApp } from './test/render';
import { fakeServer, problem } from './test/server';

class SilentSource {
  readyState = 0;
  onopen = null;
  onerror = null;
  addEventListener = () => undefined;
  close = () => undefined;
}

beforeEach(() => void vi.stubGlobal('EventSource', SilentSource));

const refused = problem(401, 'unauthenticated', 'this token is not known');

describe('the page', () => {
  it('asks for a log-in, says why one is refused, and opens with a good token', async () => {
    const server = fakeServer({ 'GET /api/v1/session': refused, 'POST /api/v1/session': refused });
    const { user } = renderApp(<App />);
    await user.click(await screen.findByRole('button', { name: 'Log in' }));
    expect(screen.getByText('Enter a token.')).toBeVisible();
    const field = screen.getByLabelText('Token');
    await user.type(field, ' secret ');
    await user.click(screen.getByRole('button', { name: 'Log in' }));
    expect(await screen.findByText(/does not know this token/)).toBeVisible();
    expect(field).toHaveAttribute('aria-invalid', 'true');
    expect(field).toHaveAccessibleDescription(/does not know this token/);
    server.routes['GET /api/v1/session'] = { body: { owner: 'admin', scopes: ['admin'] } };
    server.routes['POST /api/v1/session'] = { status: 204 };
    await user.click(screen.getByRole('button', { name: 'Log in' }));
    expect(await screen.findByRole('navigation', { name: 'Main' })).toBeVisible();
    expect(server.calls.filter(call => call.method === 'POST').at(-1)?.body).toEqual({ token: 'secret' });
  });

  it('logs out and forgets what was seen', async () => {
    fakeServer({
      'GET /api/v1/session': { body: { owner: 'admin', scopes: ['admin'] } },
      'DELETE /api/v1/session': { status: 204 },
    });
    const { user, client } = renderApp(<App />);
    await user.click(await screen.findByRole('button', { name: 'Settings of this browser' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Log out' }));
    expect(await screen.findByLabelText('Token')).toBeVisible();
    expect(
      client
        .getQueryCache()
        .getAll()
        .map(query => query.queryKey),
    ).toEqual([keys.session]);
  });

  it('goes to the log-in as soon as a call is refused', async () => {
    const server = fakeServer({ 'GET /api/v1/session': { body: { owner: 'admin', scopes: ['admin'] } } });
    const { client } = renderApp(<App />);
    await screen.findByRole('navigation', { name: 'Main' });
    server.routes['GET /api/v1/sources'] = refused;
    const { request } = await import('./api/client');
    await client
      .query({ queryKey: keys.sources, queryFn: () => request('get', '/api/v1/sources', {}) })
      .catch(() => null);
    expect(await screen.findByLabelText('Token')).toBeVisible();
  });

  it('says that the server is away, and keeps what is on the screen', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    const first = renderApp(<App />);
    expect(await screen.findByRole('alert')).toHaveTextContent('folio cannot be reached');
    first.unmount();
    fakeServer({ 'GET /api/v1/session': { body: { owner: 'admin', scopes: ['admin'] } } });
    const { client } = renderApp(<App />);
    await screen.findByRole('navigation', { name: 'Main' });
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await client.invalidateQueries({ queryKey: keys.session });
    await waitFor(() => expect(screen.getByText(/goes on by itself/)).toBeVisible());
    expect(screen.getByRole('navigation', { name: 'Main' })).toBeVisible();
  });

  it('says when there is nothing at an address', async () => {
    fakeServer({ 'GET /api/v1/session': { body: { owner: 'admin', scopes: ['admin'] } } });
    renderApp(<App />, { path: '/nowhere' });
    expect(
      await screen.findByRole('heading', { level: 1, name: 'There is nothing at this address' }),
    ).toBeVisible();
    expect(document.title).toBe('There is nothing at this address · folio');
  });

  it('keeps a chosen theme', async () => {
    fakeServer({ 'GET /api/v1/session': { body: { owner: 'admin', scopes: ['admin'] } } });
    const { user } = renderApp(<App />);
    await user.click(await screen.findByRole('button', { name: 'Settings of this browser' }));
    await user.click(await screen.findByRole('menuitemradio', { name: 'Dark' }));
    expect(document.documentElement).toHaveAttribute('data-theme', 'dark');
    expect(localStorage.getItem('folio.theme')).toBe('dark');
  });
});
