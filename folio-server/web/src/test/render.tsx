import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactElement } from 'react';
import { Router } from 'wouter';
import { memoryLocation } from 'wouter/memory-location';
import { newQueryClient } from '../api/query-client';

interface Options {
  path?: string;
  client?: QueryClient;
}

/** Renders something as it stands in the page: with a cache of its own, at an address. */
export function renderApp(element: ReactElement, { path = '/', client = testClient() }: Options = {}) {
  const memory = memoryLocation({ path, record: true });
  const view = render(
    <QueryClientProvider client={client}>
      <Router hook={memory.hook}>{element}</Router>
    </QueryClientProvider>,
  );
  return { ...view, client, history: memory.history, user: userEvent.setup() };
}

/** The page's own cache, without the pauses between tries. */
export function testClient(): QueryClient {
  const client = newQueryClient();
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retry: false } });
  return client;
}
