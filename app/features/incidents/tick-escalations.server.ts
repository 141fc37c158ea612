import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/transaction.server.ts';
import { escalationLadder, type LadderContact, type PolicyStep } from './escalation-ladder.ts';
import { SELECT_INCIDENT, type IncidentRow } from './incident-row.server.ts';
import type { LadderRow } from './incident-view.ts';
import { readContacts, readPolicy, readStepsTaken } from './read-ladder.server.ts';
import { recordFact } from '../facts/record-fact.server.ts';
import { takeStep } from './take-step.server.ts';

/** Without anything due, an open incident is looked at again after this time, ms: contacts and policy may have changed. */
const LOOK_AGAIN_MS = 30_000;

/** A next step this much overdue was missed: nothing ran meanwhile. */
const MISSED_MS = 120_000;

/**
 * Takes the steps of the ladder that are due, of each open incident, once each, and says when to look again. Runs in
 * every worker about once a second: the lock on the incident and the key of `escalations` make it once in the cluster.
 * What became due while nothing ran is done now.
 * @returns how many steps were taken
 */
export async function tickEscalations(services: Services, now: Date): Promise<number> {
  const { db, changes } = services;
  const open = await db.pool.query<{ id: number }>(
    `SELECT id FROM incidents WHERE status IN ('open', 'acknowledged')
       AND (next_step_at IS NULL OR next_step_at <= $1 OR next_step_at > $2)
     ORDER BY id`,
    [now, new Date(now.getTime() + LOOK_AGAIN_MS)],
  );
  let taken = 0;
  for (const { id } of open.rows)
    taken += await inTransaction(db.pool, (client) => tickIncident(services, client, id, now));
  if (taken > 0) {
    changes.announce('page');
    changes.announce('work');
  }
  return taken;
}

async function tickIncident(
  services: Services,
  client: pg.PoolClient,
  id: number,
  now: Date,
): Promise<number> {
  const { rows } = await client.query<IncidentRow>(
    `${SELECT_INCIDENT} WHERE i.id = $1 AND i.status IN ('open', 'acknowledged') FOR UPDATE OF i SKIP LOCKED`,
    [id],
  );
  const incident = rows[0];
  if (!incident) return 0;
  const [policy, contacts] = [await readPolicy(client, id), await readContacts(client, services.config)];
  let taken = 0;
  for (const row of await ladderNow(services, client, incident, policy, contacts)) {
    if (new Date(row.dueAt) > now || !['next', 'waiting', 'gap'].includes(row.state)) continue;
    const people = contacts.filter(({ role, channels }) => role === row.role && channels.length > 0);
    taken += (await takeStep(services, client, incident, row, people, now)) ? 1 : 0;
  }
  const ladder = await ladderNow(services, client, incident, policy, contacts);
  const next = nextLook(ladder, incident, now);
  await client.query('UPDATE incidents SET next_step_at = $2 WHERE id = $1', [id, next]);
  await reportIfInvalid(client, incident, next, now);
  return taken;
}

async function ladderNow(
  services: Services,
  client: pg.PoolClient,
  incident: IncidentRow,
  policy: PolicyStep[],
  contacts: LadderContact[],
): Promise<LadderRow[]> {
  return escalationLadder(
    { ...incident, over: incident.recoveredAt !== null },
    policy,
    contacts,
    await readStepsTaken(client, incident.id),
    {
      hosting: services.config.CHATWOOT_HOSTING,
      speed: incident.speed,
      acknowledged: incident.status === 'acknowledged',
    },
  );
}

/** When the ladder must be looked at again: at its next step, and now and then in any case. */
function nextLook(ladder: LadderRow[], { speed }: IncidentRow, now: Date): Date {
  const again = now.getTime() + LOOK_AGAIN_MS / speed;
  const dues = ladder
    .filter(({ state }) => state === 'next' || state === 'waiting' || state === 'gap')
    .map((row) => new Date(row.dueAt).getTime())
    .filter((due) => due > now.getTime());
  return new Date(Math.min(again, ...dues));
}

/**
 * The check on ourselves: an open incident without a next step, or with one that was long past or is far away, would have
 * been forgotten. It has just been mended; here it is reported.
 */
async function reportIfInvalid(
  client: pg.PoolClient,
  { id, nextStepAt }: IncidentRow,
  next: Date,
  now: Date,
): Promise<void> {
  const problem =
    nextStepAt === null
      ? 'none'
      : nextStepAt.getTime() < now.getTime() - MISSED_MS
        ? 'missed'
        : nextStepAt.getTime() > now.getTime() + LOOK_AGAIN_MS
          ? 'too_far'
          : null;
  if (!problem) return;
  await recordFact(client, {
    type: 'support.incident.self_check',
    value: { incident: id, problem, was: nextStepAt, next },
    now,
  });
}
