import { Router } from 'express';
import type { Intake } from '../features/intake/intake.ts';
import { readQueueFigures } from '../features/delivery/queue-figures.server.ts';
import type { Services } from '../lib/services.server.ts';

export interface WorkerHealth {
  /** When each loop last came round. */
  loops(): Record<string, Date>;
}

/** A loop that has not come round for this long is not alive. */
const LOOP_STALE_MS = 15_000;

interface Sources {
  services: Services;
  intake: Intake;
  worker: WorkerHealth | undefined;
}

/** /healthz (the process is up), /readyz (health+json) and /metrics (Prometheus). */
export function machineEndpoints(sources: Sources): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => void response.type('text/plain').send('ok\n'));
  router.get('/readyz', (_request, response) => {
    const { status, checks } = readiness(sources, new Date());
    response
      .status(status === 'fail' ? 503 : 200)
      .type('application/health+json')
      .set('Cache-Control', 'no-store')
      .send(JSON.stringify({ status, checks }));
  });
  router.get('/metrics', (_request, response, next) => {
    metricsText(sources)
      .then((text) => response.type(sources.services.metrics.registry.contentType).send(text))
      .catch(next);
  });
  return router;
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
function readiness(
  { services, intake, worker }: Sources,
  now: Date,
): { status: Status; checks: Record<string, Check[]> } {
  const time = now.toISOString();
  const database = services.db.status();
  const { spooled } = intake.status();
  const checks: Record<string, Check[]> = {
    'postgresql:connection': [
      {
        componentType: 'datastore',
        status: database.state === 'up' ? 'pass' : 'fail',
        time,
        ...(database.problem && { output: database.problem }),
      },
    ],
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
  for (const [loop, cameRound] of Object.entries(worker?.loops() ?? {})) {
    const age = now.getTime() - cameRound.getTime();
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

async function metricsText({ services, intake }: Sources): Promise<string> {
  const { metrics, db } = services;
  metrics.spooled.set(intake.status().spooled);
  // Figures of the database are left out while it does not answer: a gauge never repeats an old number.
  metrics.queue.reset();
  metrics.breaker.reset();
  metrics.oldestPendingSeconds.reset();
  if (db.status().state === 'up') {
    const figures = await readQueueFigures(db.pool);
    for (const [state, n] of Object.entries(figures.states)) metrics.queue.set({ state }, n);
    metrics.oldestPendingSeconds.set(figures.oldestPendingSeconds ?? 0);
    for (const state of ['closed', 'open', 'half_open'])
      metrics.breaker.set({ state }, state === figures.breaker ? 1 : 0);
  }
  return metrics.registry.metrics();
}
