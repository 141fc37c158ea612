import { startCanary } from '../../app/features/canary/change-canary.server.ts';
import { tickCanary } from '../../app/features/canary/tick-canary.server.ts';
import { until } from '../support/until.ts';
import { ADA, type CanaryWorld } from './canary-world.ts';

/** A canary's own time-outs are longer than what a busy machine takes to start a worker, ms. */
const PATIENCE_MS = 60_000;

type Followed = Pick<CanaryWorld, 'services'>;

/** Starts a canary. @returns its number */
export async function startRun({ services }: Followed): Promise<number> {
  const started = await startCanary(services, { actor: ADA, now: new Date() });
  if (started.outcome !== 'started') throw new Error(started.outcome);
  return started.id;
}

export const readRun = ({ services }: Followed, id: number) =>
  services.db.prisma.canaryRun.findUniqueOrThrow({ where: { id } });

/** Its recorded steps in order; one that did not succeed is said to have failed. */
export async function readSteps({ services }: Followed, id: number): Promise<string[]> {
  const steps = await services.db.prisma.canaryStep.findMany({
    where: { runId: id },
    orderBy: { finishedAt: 'asc' },
  });
  return steps.map(({ step, ok }) => (ok ? step : `${step} failed`));
}

export const untilStep = (world: Followed, id: number, step: string) =>
  until(`the canary is at ${step}`, async () => (await readRun(world, id)).step === step, PATIENCE_MS);

export const untilDone = (world: Followed, id: number) =>
  until('the canary is done', async () => (await readRun(world, id)).state === 'done', PATIENCE_MS);

/** Looks at the canary as a worker does, at a time of the test's own. */
export async function tickUntil(
  world: Followed,
  id: number,
  clock: () => Date,
  isThere: (now: { step: string; state: string }) => boolean,
) {
  await until('the canary is there', async () => {
    await world.services.db.pool.query('UPDATE canary_runs SET due_at = $2 WHERE id = $1', [id, clock()]);
    await tickCanary(world.services, clock);
    return isThere(await readRun(world, id));
  });
}
