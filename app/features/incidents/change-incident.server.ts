import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { inTransaction } from '../../lib/database/transaction.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.server.ts';
import {
  changeIncidentRow,
  type IncidentRow,
  isOpen,
  lockIncident,
  lockOpening,
} from './incident-row.server.ts';
import type { IncidentStatus } from './incident-view.ts';
import type { FactValue } from '../facts/fact-types.ts';
import { type NewFact, recordFact } from '../facts/record-fact.server.ts';
import { recordTimeline } from './record-timeline.server.ts';
import { tellIncident } from './tell-incident.server.ts';

/** What a person asks to be done with an incident. */
export interface IncidentRequest {
  incidentId: number;
  actor: Actor;
  now: Date;
  /** The version that the person looked at; with another one nothing is done. Left out: whatever it is. */
  version?: number | null;
}

/** Why nothing was done. */
export type Refusal =
  | { outcome: 'not_found' }
  /** It is resolved or merged, or not in the state that the verb starts from. */
  | { outcome: 'wrong_state'; status: IncidentStatus }
  /** Somebody else changed it since the page was loaded. */
  | { outcome: 'changed_meanwhile' }
  | { outcome: 'text_missing' };

const REASON_LENGTH = 500;
/** Longest note or resolution. */
export const TEXT_LENGTH = 5000;

/** What was typed, without what nobody sees; empty when there is nothing. */
export const cleaned = (text: string | null | undefined, length = REASON_LENGTH): string =>
  (text ?? '').replaceAll('\0', '').trim().slice(0, length);

/**
 * Locks an incident, does `work` in one transaction, and tells pages and loops afterwards.
 * @param request.mayOpen it may make an incident open that was not: not while the rules are judged, which may open the same
 * @param work answers with what was done, or, before it wrote anything, with why not
 */
export async function changeIncident<Done extends { outcome: string }>(
  services: Services,
  request: Pick<IncidentRequest, 'incidentId' | 'version'> & { mayOpen?: boolean },
  work: (client: pg.PoolClient, incident: IncidentRow) => Promise<Done | Refusal>,
): Promise<Done | Refusal> {
  const outcome = await inTransaction(services.db.pool, async (client) => {
    if (request.mayOpen) await lockOpening(client);
    const incident = await lockIncident(client, request.incidentId);
    if (!incident) return { outcome: 'not_found' as const };
    if (request.version != null && request.version !== incident.version)
      return { outcome: 'changed_meanwhile' as const };
    return work(client, incident);
  });
  services.changes.announce('alarm');
  services.changes.announce('work');
  return outcome;
}

/** For verbs that only an open incident knows. */
export const refuseUnlessOpen = (incident: IncidentRow): Refusal | null =>
  isOpen(incident) ? null : { outcome: 'wrong_state', status: incident.status };

/** The kind of the timeline's line and of the fact; a note is no fact. */
type DeedFact =
  | { verb: 'note'; value?: never }
  | {
      [Verb in 'acknowledged' | 'assigned' | 'raised' | 'lowered' | 'reopened' | 'resolved']: {
        verb: Verb;
        value: Omit<FactValue<`support.incident.${Verb}`>, 'incident'>;
      };
    }['acknowledged' | 'assigned' | 'raised' | 'lowered' | 'reopened' | 'resolved'];

type Deed = DeedFact & {
  text: string;
  fields: Parameters<typeof changeIncidentRow>[2];
  reason?: string | null;
  /** Left out: nobody is told. */
  tell?: Parameters<typeof tellIncident>[3];
};

/** Writes what a person did: the incident, its timeline, the fact, the messages, and last the audit row. */
export async function recordDeed(
  services: Services,
  client: pg.PoolClient,
  before: IncidentRow,
  { actor, now }: Pick<IncidentRequest, 'actor' | 'now'>,
  deed: Deed,
): Promise<IncidentRow> {
  const incident = await changeIncidentRow(client, before, deed.fields);
  await recordTimeline(client, {
    incidentId: before.id,
    at: now,
    source: 'person',
    kind: deed.verb,
    text: deed.text,
    actor: actor.name,
    data: deed.reason ? { reason: deed.reason } : {},
  });
  if (deed.value)
    await recordFact(client, {
      type: `support.incident.${deed.verb}`,
      value: { incident: before.id, ...deed.value },
      metadata: { actor: actor.name, reason: deed.reason ?? null },
      now,
    } as NewFact);
  if (deed.tell) await tellIncident(client, { config: services.config, now }, incident, deed.tell);
  const names = Object.keys(deed.fields) as (keyof IncidentRow)[];
  const pick = (row: IncidentRow) => Object.fromEntries(names.map((name) => [name, row[name]]));
  await recordAudit(client, {
    actor,
    action: `incidents.${deed.verb}`,
    target: `incident ${before.id}`,
    before: pick(before),
    after: pick(incident),
    reason: deed.reason ?? null,
    at: now,
  });
  return incident;
}
