import type pg from 'pg';
import type { Services } from '../../../lib/services.server.ts';
import type { Config } from '../../../lib/settings/config.ts';
import type { Severity } from '../../../lib/severity.ts';
import type { LadderRow } from '../incident-view.ts';
import { readRotations } from '../on-call/read-on-call.server.ts';
import {
  escalationLadder,
  type LadderContact,
  type PolicyStep,
  type StepTaken,
} from './escalation-ladder.ts';

type Database = pg.Pool | pg.ClientBase;

/** The policy as it is now, in order, and the steps since removed that were taken for an incident. */
export async function readPolicy(db: Database, incidentId: number | null): Promise<PolicyStep[]> {
  const { rows } = await db.query<PolicyStep>(
    `SELECT id, position, role, after_minutes AS "afterMinutes", severities, causes, hosting,
       when_acknowledged AS "whenAcknowledged", reason
     FROM escalation_steps
     WHERE removed_at IS NULL OR id IN (SELECT step_id FROM escalations WHERE incident_id = $1 AND outcome = 'told')
     ORDER BY position, id`,
    [incidentId],
  );
  return rows;
}

/**
 * Whom the policy's roles stand for now, and over which channels, the first one first. E-mail is none while no mail server
 * is set: who has nothing else cannot be told, and that is to be seen before an outage.
 */
export async function readLadderContacts(
  db: Database,
  { SMTP_URL, SMTP_FROM }: Pick<Config, 'SMTP_URL' | 'SMTP_FROM'>,
): Promise<LadderContact[]> {
  const { rows } = await db.query<LadderContact>(
    'SELECT id, role, name, channels FROM contacts WHERE removed_at IS NULL ORDER BY position, id',
  );
  const canMail = Boolean(SMTP_URL && SMTP_FROM);
  return rows.map((contact) => ({
    ...contact,
    // Addresses and secrets stay where they are.
    channels: contact.channels
      .filter(({ kind }) => kind !== 'email' || canMail)
      .map(({ id, kind }) => ({ id, kind })),
  }));
}

/** Steps that were taken for an incident. */
export async function readStepsTaken(db: Database, incidentId: number): Promise<StepTaken[]> {
  const { rows } = await db.query<StepTaken>(
    'SELECT step_id AS "stepId", at, outcome, contacts FROM escalations WHERE incident_id = $1',
    [incidentId],
  );
  return rows;
}

/**
 * Who would be told when, if an outage of this kind began now: shows the gaps before an outage does.
 * @param imagined.cause `chatwoot`, `delivery`, `intake`, … as in the policy's steps
 */
export async function previewLadder(
  { config, db }: Services,
  imagined: { severity: Severity; cause: string; acknowledged?: boolean },
  now: Date,
): Promise<LadderRow[]> {
  const [policy, contacts, rotations] = await Promise.all([
    readPolicy(db.pool, null),
    readLadderContacts(db.pool, config),
    readRotations(db.pool, now),
  ]);
  return escalationLadder({ ...imagined, startedAt: now, lulls: [], over: false }, policy, contacts, [], {
    hosting: config.CHATWOOT_HOSTING,
    speed: 1,
    acknowledged: imagined.acknowledged ?? false,
    rotations,
    now,
  });
}
