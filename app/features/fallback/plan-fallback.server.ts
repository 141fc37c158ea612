import type { Services } from '../../lib/services.server.ts';
import { readQueueFigures } from '../delivery/queue-figures.server.ts';
import { countAnswered } from '../delivery/skip-answered.server.ts';
import { environmentChannels } from '../notify/environment-channels.ts';
import type { FallbackPlan } from './fallback-view.ts';
import { readInboxList } from './inbox-list.server.ts';
import { planOff, planOn } from './plan-lines.ts';

/** The exact list of what a click will do, with the numbers of this moment. */
export async function planFallback(
  services: Services,
  { direction, now }: { direction: 'on' | 'off'; now: Date },
): Promise<FallbackPlan> {
  const { config, db } = services;
  const [queue, list, run] = await Promise.all([
    readQueueFigures(db.pool),
    readInboxList(services),
    db.prisma.fallbackRun.findFirst({ where: { endedAt: null } }),
  ]);
  const held = queue.states.pending + queue.states.held - queue.states.in_flight;
  const facts = {
    email: config.SUPPORT_FALLBACK_EMAIL,
    statusPage: config.SUPPORT_STATUS_PAGE_URL ?? null,
    channels: environmentChannels(config)
      .map(({ kind }) => kind)
      .filter((kind) => kind !== 'pagerduty'),
    held: Math.max(0, held),
    chatwoot: config.connection !== null,
  };
  const skipped = direction === 'off' ? await countAnswered(db.pool, run?.startedAt ?? now) : 0;
  const steps =
    direction === 'off' && run
      ? await db.prisma.fallbackAction.findMany({
          where: { runId: run.id, direction: 'on' },
          orderBy: { id: 'asc' },
        })
      : [];
  return {
    direction,
    lines:
      direction === 'on'
        ? planOn(facts)
        : planOff(
            facts,
            skipped,
            steps.map(
              ({ kind, state, title }) => ({ kind, state, title }) as Parameters<typeof planOff>[2][number],
            ),
          ),
    inboxes: list.inboxes,
    inboxesListedAt: list.listedAt?.toISOString() ?? null,
    inboxesProblem: list.problem,
    held: facts.held,
    skipped,
  };
}
