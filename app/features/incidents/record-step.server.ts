import type pg from 'pg';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import { recordTimeline } from './record-timeline.server.ts';

interface DoneStep {
  incidentId: number;
  step: string;
  title: string;
  /** `open`: somebody took it back. */
  state: 'open' | 'done' | 'failed' | 'skipped';
  evidence: string | null;
  actor: Actor;
  now: Date;
}

const WORDS = { open: 'taken back', done: 'done', failed: 'not passed', skipped: 'skipped' };

/** Writes how a step of the guide stands, with its line in the timeline and in the audit log. */
export async function recordStep(client: pg.ClientBase, done: DoneStep): Promise<void> {
  const { incidentId, step, title, state, evidence, actor, now } = done;
  if (state === 'open')
    await client.query('DELETE FROM incident_steps WHERE incident_id = $1 AND step = $2', [incidentId, step]);
  else
    await client.query(
      `INSERT INTO incident_steps (incident_id, step, state, at, by, evidence) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (incident_id, step) DO UPDATE SET state = excluded.state, at = excluded.at, by = excluded.by,
         evidence = excluded.evidence`,
      [incidentId, step, state, now, actor.name, evidence],
    );
  await recordTimeline(client, {
    incidentId,
    at: now,
    source: 'guide',
    kind: `step_${state}`,
    text: `${title}: ${evidence ?? WORDS[state]}`,
    actor: actor.name,
    data: { step, state },
  });
  await recordAudit(client, {
    actor,
    action: 'incidents.step',
    target: `incident ${incidentId}`,
    after: { step, state },
    at: now,
  });
}
