import { createServer } from 'node:http';
import express, { Router, type Request, type Response } from 'express';
import type { Access } from '../features/access/access.server.ts';
import { mayReadMetrics } from '../features/access/tokens/api-tokens.server.ts';
import type { Database } from '../lib/database/database.server.ts';
import { troubleWords } from '../lib/database/trouble.ts';
import { problemBody } from '../lib/http/problem.ts';
import { VERSION } from '../lib/version.server.ts';
import { listen } from './network.ts';
import { type MetricsSources, metricsText } from './read-metrics.server.ts';

/** A loop that has not come round for this long is not alive. */
const LOOP_STALE_MS = 15_000;
/** The database is asked twice a second and has two seconds for its answer: after this long it is not known to be there. */
const ANSWER_STALE_MS = 3000;

interface Sources extends MetricsSources {
  access: Access;
}

/** /healthz (the process is up), /readyz (health+json) and /metrics (Prometheus). */
export function machineEndpoints(sources: Sources): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => void response.type('text/plain').send('ok\n'));
  router.get('/readyz', (_request, response) => {
    const { status, checks } = readiness(sources);
    response
      .status(status === 'fail' ? 503 : 200)
      .type('application/health+json')
      .set('Cache-Control', 'no-store')
      .send(JSON.stringify({ status, releaseId: VERSION, checks }));
  });
  router.get('/metrics', (request, response, next) => {
    answerMetrics(sources, request, response).catch(next);
  });
  return router;
}

async function answerMetrics(sources: Sources, request: Request, response: Response): Promise<void> {
  const refusal = await mayReadMetrics(sources, {
    headers: new Headers(
      Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
        typeof value === 'string' ? [[name, value]] : [],
      ),
    ),
    socketAddress: request.socket.remoteAddress ?? null,
    clientAddress: request.ip ?? null,
  });
  if (refusal) {
    response
      .status(refusal.status)
      .set(refusal.headers ?? {})
      .type('application/problem+json')
      .send(problemBody(refusal));
    return;
  }
  const text = await metricsText(sources);
  response.type(sources.services.metrics.registry.contentType).send(text);
}

type Status = 'pass' | 'warn' | 'fail';
interface Check {
  componentType: string;
  status: Status;
  time: string;
  observedValue?: number;
  observedUnit?: string;
  output?: string;
}

/** Ready means: database reachable and migrated, every loop of this process alive. A spool in use is a warning. */
function readiness({ services, intake, worker }: Sources): {
  status: Status;
  checks: Record<string, Check[]>;
} {
  const time = services.db.clock.now().toISOString();
  const { warnings } = services.db.status();
  const { spooled = 0 } = intake?.status() ?? {};
  const checks: Record<string, Check[]> = {
    'postgresql:connection': [{ componentType: 'datastore', time, ...connection(services.db) }],
    'spool:records': [
      {
        componentType: 'component',
        status: spooled > 0 ? 'warn' : 'pass',
        time,
        observedValue: spooled,
        observedUnit: 'webhooks',
      },
    ],
  };
  if (warnings.length > 0)
    checks['postgresql:connections'] = warnings.map((warning) => ({
      componentType: 'datastore',
      status: 'warn',
      time,
      output: troubleWords(warning),
    }));
  for (const [loop, cameRound] of Object.entries(worker?.loops() ?? {})) {
    const age = Math.round(performance.now() - cameRound);
    const status = age > LOOP_STALE_MS ? 'fail' : 'pass';
    checks[`${loop}:age`] = [
      { componentType: 'component', status, time, observedValue: age, observedUnit: 'ms' },
    ];
  }
  const all = Object.values(checks).flat();
  const status = all.some((check) => check.status === 'fail')
    ? 'fail'
    : all.some((check) => check.status === 'warn')
      ? 'warn'
      : 'pass';
  return { status, checks };
}

/** Whether it is lost takes longer to find out; until then what is known is how old the last answer is. */
function connection(db: Database): Pick<Check, 'status' | 'output'> {
  const { state, trouble } = db.status();
  const silentMs = performance.now() - db.clock.answeredAt();
  if (state === 'up' && silentMs > ANSWER_STALE_MS) {
    const since = new Date(db.clock.now().getTime() - silentMs).toISOString();
    return { status: 'fail', output: `The database has not answered since ${since}.` };
  }
  return { status: state === 'up' ? 'pass' : 'fail', ...(trouble && { output: troubleWords(trouble) }) };
}

/**
 * The same endpoints of a process that serves no pages, on METRICS_PORT.
 * @throws when nothing can listen there
 */
export async function startMachineServer(sources: Sources): Promise<{ stop(): Promise<void> }> {
  const { config, log } = sources.services;
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', config.TRUSTED_PROXIES);
  app.use(machineEndpoints(sources));
  const server = createServer(app);
  await listen(server, config, 'METRICS_PORT');
  log.info({ host: config.HOST, port: config.METRICS_PORT }, 'metrics and health are served');
  return {
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
