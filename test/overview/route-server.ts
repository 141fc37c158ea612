import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequestHandler } from '@remix-run/express';
import type { ActionFunction, LoaderFunction, ServerBuild } from '@remix-run/node';
import compression from 'compression';
import express from 'express';
import { leftOf } from '../../app/server/http-server.ts';
import type { TestAccess } from '../support/sign-in.ts';

interface ResourceRoute {
  loader?: LoaderFunction;
  action?: ActionFunction;
}

/**
 * Serves resource routes the way the product does: Express with compression, Remix's own request handler, real HTTP.
 * @param routes by path, e.g. `events`
 */
export async function serveRoutes(
  routes: Record<string, ResourceRoute>,
  context: TestAccess['context'],
): Promise<{ url: string; stop(): Promise<void> }> {
  const entries = Object.entries(routes).map(([path, module]) => [path, { id: path, path, module }]);
  const build = {
    mode: 'production',
    entry: { module: { default: () => new Response('no page here', { status: 404 }) } },
    routes: Object.fromEntries(entries) as ServerBuild['routes'],
    assets: { entry: { module: '', imports: [] }, routes: {}, url: '', version: '' },
    publicPath: '/',
    assetsBuildDirectory: '',
    future: {},
    isSpaMode: false,
  } as unknown as ServerBuild;
  const app = express();
  app.use(
    compression({
      filter: (request, response) =>
        !String(response.getHeader('Content-Type')).startsWith('text/event-stream') &&
        compression.filter(request, response),
    }),
  );
  const handle = createRequestHandler({
    build,
    mode: 'production',
    getLoadContext: (_request, response) => ({ ...context, left: () => leftOf(response) }) as never,
  });
  app.all('*', (request, response, next) => void handle(request, response, next));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
