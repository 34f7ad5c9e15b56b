import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** What the server sends with the page; previews run under the same policy, so that a breach shows early. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** A running `folio serve` or `folio demo`. The Host stays that of the page: the server compares it with Origin. */
const server = process.env['FOLIO_SERVER'] ?? 'http://127.0.0.1:3000';
const proxy = {
  '/api': { target: server, changeOrigin: false },
  '/openapi.json': { target: server, changeOrigin: false },
};

/** Nothing can be drawn before the script; the wait keeps a chosen theme from flashing the other one. */
const drawOnce: Plugin = {
  name: 'draw-once',
  transformIndexHtml: {
    order: 'post',
    handler: html => html.replace('<script type="module"', '<script type="module" blocking="render"'),
  },
};

export default defineConfig({
  plugins: [react(), drawOnce],
  base: '/',
  build: {
    target: 'es2022',
    // A data: URI would need a hole in the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy, headers: { 'Content-Security-Policy': POLICY } },
  test: {
    // The machine is shared.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'page',
          include: ['src/**/*.test.{ts,tsx}'],
          environment: 'jsdom',
          setupFiles: ['src/test/setup.ts'],
          restoreMocks: true,
          testTimeout: 90_000,
        },
      },
      { test: { name: 'scripts', include: ['scripts/**/*.test.mjs'], environment: 'node' } },
    ],
  },
});
