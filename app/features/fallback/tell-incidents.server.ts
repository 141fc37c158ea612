import type pg from 'pg';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { clockWords } from '../../lib/time-words.ts';
import { SYSTEM } from '../audit/actor.ts';
import { recordGuideStep } from '../incidents/guide/change-guide-step.server.ts';
import { findStep, guideFor } from '../incidents/guide/guide.ts';
import { isOpen, lockIncident } from '../incidents/incident-row.server.ts';
import { recordTimeline } from '../incidents/record-timeline.server.ts';
import { THREAD } from './steps/give-notice.server.ts';
import { CHANNEL_WORDS, TEAM_CHATS, type TeamChat } from '../notify/channel.ts';

/** Writes into the timeline of every incident that is open what fallback mode did. */
export async function tellIncidents(
  client: pg.ClientBase,
  entry: { kind: string; text: string; actor: string | null; now: Date; data?: Record<string, unknown> },
): Promise<void> {
  const { rows } = await client.query<{ id: number }>(
    "SELECT id FROM incidents WHERE status IN ('open', 'acknowledged') ORDER BY id",
  );
  for (const { id } of rows)
    await recordTimeline(client, {
      incidentId: id,
      at: entry.now,
      source: 'fallback',
      kind: entry.kind,
      text: entry.text,
      actor: entry.actor,
      data: entry.data,
    });
}

interface OpenGuide {
  incidentId: number;
  cause: string;
  startedAt: Date;
  startedBy: string;
  reason: string;
  /** When the first of the team's chats took the notice, and which; null: none has. */
  toldAt: Date | null;
  toldBy: TeamChat | null;
}

/** Steps that are on record, or that a person took back since fallback mode is on. */
const TOUCHED = `SELECT step FROM incident_steps WHERE incident_id = $1
  UNION SELECT data->>'step' FROM incident_timeline WHERE incident_id = $1 AND source = 'guide' AND at >= $2`;

/**
 * Ticks off in the guide of every open incident what fallback mode has done for it: that it is on, and that one of the
 * team's chats took the notice. Also for an incident that opens while it is on; what a person takes back is left alone.
 * @returns whether something was ticked off
 */
export async function fillGuides(services: Services, now: Date): Promise<boolean> {
  const { rows } = await services.db.pool.query<OpenGuide>(
    `SELECT i.id AS "incidentId", i.cause, r.started_at AS "startedAt", r.started_by AS "startedBy", r.reason, told.at AS "toldAt", told.by AS "toldBy"
     FROM fallback_mode m JOIN fallback_runs r ON r.id = m.run_id CROSS JOIN incidents i
     LEFT JOIN LATERAL (
       SELECT n.finished_at AS at, n.channel->>'kind' AS by FROM notifications n
       WHERE n.thread = $1 || r.id AND n.kind = 'fallback_on' AND n.channel->>'kind' = ANY ($2) AND n.state = 'accepted'
       ORDER BY n.finished_at LIMIT 1) told ON true
     WHERE m.state = 'on' AND i.status IN ('open', 'acknowledged') ORDER BY i.id`,
    [THREAD, TEAM_CHATS],
  );
  let filled = false;
  for (const guide of rows) filled = (await fillGuide(services, guide, now)) || filled;
  return filled;
}

async function fillGuide(services: Services, guide: OpenGuide, now: Date): Promise<boolean> {
  const done = doneSteps(guide);
  const { pool } = services.db;
  const missing = async (db: { query: typeof pool.query }) => {
    const { rows } = await db.query<{ step: string }>(TOUCHED, [guide.incidentId, guide.startedAt]);
    return done.filter(({ step }) => !rows.some((row) => row.step === step));
  };
  if ((await missing(pool)).length === 0) return false;
  return inTransaction(pool, async (client) => {
    const incident = await lockIncident(client, guide.incidentId);
    if (!incident || !isOpen(incident)) return false;
    const steps = await missing(client);
    for (const { step, evidence } of steps) {
      const known = findStep(guide.cause, step, services.config.CHATWOOT_HOSTING);
      if (!known) continue;
      const { incidentId } = guide;
      const { title } = known;
      await recordGuideStep(client, { incidentId, step, title, state: 'done', evidence, actor: SYSTEM, now });
    }
    return steps.length > 0;
  });
}

function doneSteps({ cause, startedAt, startedBy, reason, toldAt, toldBy }: OpenGuide) {
  const keys = guideFor(cause).flatMap(({ steps }) => steps.map(({ key }) => key));
  const called = (name: string) => keys.filter((key) => key.endsWith(`.${name}`));
  const on = `On since ${clockWords(startedAt)}, by ${startedBy}: ${reason}`;
  return [
    ...called('fallback').map((step) => ({ step, evidence: on })),
    ...(toldAt && toldBy
      ? called('notice').map((step) => ({
          step,
          evidence: `${CHANNEL_WORDS[toldBy]} took the notice at ${clockWords(toldAt)}`,
        }))
      : []),
  ];
}
