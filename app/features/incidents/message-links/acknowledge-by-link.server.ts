import { type DatabaseAway, inTransactionUnlessAway } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Severity } from '../../../lib/severity.ts';
import { takeIncident } from '../act-on-incident.server.ts';
import { lockIncident } from '../incident-row.server.ts';
import type { LinkState } from '../incident-view.ts';
import { type MessageLink, readMessageLink, useUpMessageLink } from './message-links.server.ts';

/** Looks at a link; looking changes nothing, because mail programs and chats look at links, too. */
export async function readLinkState(
  { db, config }: Pick<Services, 'db' | 'config'>,
  token: string,
  now: Date,
): Promise<LinkState> {
  const link = await readMessageLink(db.pool, config, token);
  if (!link) return { state: 'void' };
  if (link.expiresAt <= now) return { state: 'expired' };
  const { rows } = await db.pool.query<Standing>(
    `SELECT status, acknowledged_by AS "acknowledgedBy", acknowledged_at AS "acknowledgedAt", resolved_at AS "resolvedAt",
       merged_into AS "mergedInto" FROM incidents WHERE id = $1`,
    [link.incidentId],
  );
  return rows[0] ? stateOf(link, rows[0]) : { state: 'void' };
}

interface Standing {
  status: string;
  acknowledgedBy: string | null;
  acknowledgedAt: Date | null;
  resolvedAt: Date | null;
  mergedInto: number | null;
}

function stateOf(link: MessageLink, now: Standing): LinkState {
  const { incidentId, title, severity, reader } = link;
  const incident = { incidentId, title, severity: severity as Severity };
  const iso = (at: Date | null) => at?.toISOString() ?? null;
  switch (now.status) {
    case 'open':
      return link.usedAt === null
        ? { ...incident, state: 'open', reader: reader.name }
        : { ...incident, state: 'used' };
    case 'acknowledged':
      return {
        ...incident,
        state: 'taken',
        by: now.acknowledgedBy,
        at: iso(now.acknowledgedAt),
        byReader: link.usedAt !== null && now.acknowledgedBy === reader.name,
      };
    default:
      return { ...incident, state: 'over', mergedInto: now.mergedInto, at: iso(now.resolvedAt) };
  }
}

/**
 * Acknowledges as the person of a link, once. The link's end, the incident and the audit row are one transaction, which
 * looks at the link and its person again once it has locked the incident.
 * @param from address that asks
 * @returns whether it was done; why not is what {@link readLinkState} says next
 */
export async function acknowledgeByLink(
  services: Services,
  { token, from, now }: { token: string; from: string | null; now: Date },
): Promise<{ outcome: 'acknowledged' | 'not_now' } | DatabaseAway> {
  const { db, config, changes } = services;
  const outcome = await inTransactionUnlessAway(db, async (client) => {
    const seen = await readMessageLink(client, config, token);
    const incident = seen && (await lockIncident(client, seen.incidentId));
    const link = incident && (await readMessageLink(client, config, token));
    if (!link || incident.status !== 'open' || !(await useUpMessageLink(client, link.id, now)))
      return { outcome: 'not_now' as const };
    const { id, name, role } = link.reader;
    const actor = { id: `person:${id}`, name, role, via: 'message', from } as const;
    await takeIncident(services, client, incident, { actor, now, how: ', by the link in a message' });
    return { outcome: 'acknowledged' as const };
  });
  if (outcome.outcome !== 'not_now') {
    changes.announce('alarm');
    changes.announce('work');
  }
  return outcome;
}
