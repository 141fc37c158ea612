import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import path from 'node:path';
import { createRequestHandler } from '@remix-run/express';
import type { ServerBuild } from '@remix-run/node';
import compression from 'compression';
import express from 'express';
import type { Access } from '../features/access/access.server.ts';
import type { Intake } from '../features/intake/intake.ts';
import type { StatusPage } from '../features/status/open-status-page.server.ts';
import { forReading } from '../lib/database/database.server.ts';
import type { Services } from '../lib/services.server.ts';
import { fetchableOnly, guardBodies, takeOriginForm } from './request-guard.ts';
import { listen } from './network.ts';
import { machineEndpoints } from './machine-endpoints.ts';
import { pageGate } from './page-gate.ts';
import { answerErrors, refusalsForPeople } from './problem-page.ts';
import type { WorkerHealth } from './read-metrics.server.ts';
import { knownOriginOnly, sameOriginOnly, nonceOf, securityHeaders } from './security-headers.ts';
import { statusEndpoint, subscribeEndpoint } from './status-endpoint.ts';
import { refuseBusy, webhookEndpoint } from './webhook-endpoint.ts';

interface HttpServerOptions {
  services: Services;
  intake: Intake;
  access: Access;
  statusPage: StatusPage;
  worker: WorkerHealth | undefined;
  sandboxUrl: string | undefined;
}

/**
 * A client that dribbles its request gets this long for the headers and for the whole, in ms; how long an answer may
 * take, such as an event stream's, is not limited by it. Without a limit a few hundred sockets could be held for nothing.
 */
const LIMITS = {
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  /** Bytes of all headers with the request line, hence of the query too. */
  maxHeaderSize: 16_384,
  // A proxy before us keeps connections for a minute: ours must not close first.
  keepAliveTimeout: 65_000,
};
const MAX_HEADERS = 200;
/** What bodies of requests that are not answered yet may hold together, in bytes; more when one may be large. */
const BODIES_BYTES = 64 << 20;

/** Serves the pages, the machine endpoints and, past all middleware, the webhook endpoint and the public status page. */
export async function startHttpServer(
  options: HttpServerOptions,
): Promise<{ port: number; stop(): Promise<void> }> {
  const { services, intake, access, sandboxUrl } = options;
  const { config, log } = services;
  const webhook = webhookEndpoint(intake, services);
  const status = statusEndpoint(options.statusPage, config);
  const subscribe = subscribeEndpoint(options.statusPage, services);
  const bodies = guardBodies(Math.max(BODIES_BYTES, 4 * config.WEBHOOK_MAX_BODY_BYTES));
  const app = express();
  app.disable('x-powered-by');
  // How many proxies before us may say who the client is; without any, X-Forwarded-For is anybody's claim.
  app.set('trust proxy', config.TRUSTED_PROXIES);
  const production = process.env.NODE_ENV !== 'development';
  const server = createServer(LIMITS, (request, response) => {
    takeOriginForm(request);
    if (!bodies.admit(request, response)) refuseBusy(intake, request, response);
    else if (webhook(request, response) || status(request, response) || subscribe(request, response)) return;
    else app(request, response);
  });
  server.maxHeadersCount = MAX_HEADERS;

  app.use(securityHeaders(config, !production));
  app.use(
    compression({
      filter: (request, response) => !isEventStream(response) && compression.filter(request, response),
    }),
  );
  const vite = production ? undefined : await startVite(server);
  const build = vite
    ? () => vite.ssrLoadModule('virtual:remix/server-build') as Promise<unknown> as Promise<ServerBuild>
    : await loadBuild();
  // Development makes its styles in the browser.
  const stylesheets = typeof build === 'function' ? [] : stylesheetsOf(build);
  app.use(refusalsForPeople(config.APP_URL, stylesheets));
  app.use(fetchableOnly);
  app.use('/mcp', knownOriginOnly(config.APP_URL));
  app.use(sameOriginOnly(config.APP_URL));
  app.use(machineEndpoints(options));
  if (vite) {
    app.use(vite.middlewares);
  } else {
    app.use(
      '/assets',
      express.static(path.resolve('build/client/assets'), {
        immutable: true,
        maxAge: '1y',
        fallthrough: false,
      }),
    );
    app.use(express.static(path.resolve('build/client'), { maxAge: '1h' }));
  }
  app.use(pageGate((cookies) => access.sessionIn(cookies)));
  const reading = async (): Promise<Services> => ({
    ...services,
    db: forReading(services.db, await services.db.readingNow()),
  });
  const page = createRequestHandler({
    build,
    mode: production ? 'production' : 'development',
    getLoadContext: async (request, response) => ({
      services: request.method === 'GET' || request.method === 'HEAD' ? await reading() : services,
      intake,
      access,
      sandboxUrl,
      clientAddress: request.ip ?? null,
      drained: () => drained(response),
      left: () => leftOf(response),
      cspNonce: nonceOf(response),
    }),
  });
  app.all('*', (request, response, next) => void page(request, response, next));
  app.use(answerErrors(log));

  const port = await listen(server, config, 'PORT');
  log.info({ host: config.HOST, port }, 'listening');
  return {
    port,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      // Event streams never end by themselves; everything else is given a moment to finish.
      const impatience = setTimeout(() => server.closeAllConnections(), 1500);
      await closed;
      clearTimeout(impatience);
      await vite?.close();
    },
  };
}

function isEventStream(response: express.Response): boolean {
  return String(response.getHeader('Content-Type') ?? '').startsWith('text/event-stream');
}

async function loadBuild(): Promise<ServerBuild> {
  const file = path.resolve('build/server/index.js');
  if (!existsSync(file)) throw new Error('The page has not been built yet: run `npm run build` first.');
  return (await import(file)) as ServerBuild;
}

/** What the root of all pages links to; a page without Remix looks the same with it. */
function stylesheetsOf({ assets, routes }: ServerBuild): string[] {
  const links = routes.root?.module.links?.() ?? [];
  const linked = links.flatMap((link) => ('rel' in link && link.rel === 'stylesheet' && link.href) || []);
  return [...linked, ...(assets.routes.root?.css ?? [])];
}

async function startVite(server: ReturnType<typeof createServer>) {
  const { createServer: createViteServer } = await import('vite');
  return createViteServer({ server: { middlewareMode: true, hmr: { server } } });
}

/**
 * Aborted when the client has gone. The signal of a web request follows the connection only as long as nobody collects the
 * request as garbage, which a stream that goes on for hours outlives.
 */
export function leftOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  if (response.closed) gone.abort();
  else response.once('close', () => gone.abort());
  return gone.signal;
}

/**
 * Resolves when the client has taken what was written to it so far, or is gone. Remix writes a streamed answer as fast as
 * it comes, so a stream that is larger than memory has to wait for this before it makes more.
 */
export async function drained(response: ServerResponse): Promise<void> {
  if (!response.writableNeedDrain || response.destroyed) return;
  const done = new AbortController();
  await Promise.race([
    once(response, 'drain', { signal: done.signal }),
    once(response, 'close', { signal: done.signal }),
  ]).finally(() => done.abort());
}
