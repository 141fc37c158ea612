import type { Services } from '../../lib/services.server.ts';
import { auditConditions, type AuditFilter } from './audit-filter.ts';
import type { AuditPage, AuditPosition } from './audit-view.ts';

export const AUDIT_PAGE_SIZE = 50;

/** One page of the log, found by the number it follows, so that a page costs the same at any depth. */
export async function listAudit(
  services: Services,
  filter: AuditFilter,
  position: AuditPosition,
): Promise<AuditPage> {
  const upwards = typeof position === 'object' && 'newerThan' in position;
  const found = await services.db.prisma.auditEntry.findMany({
    where: { AND: [auditConditions(filter), conditionOf(position)] },
    orderBy: { id: upwards ? 'asc' : 'desc' },
    take: AUDIT_PAGE_SIZE + 1,
  });
  const more = found.length > AUDIT_PAGE_SIZE;
  const shown = found.slice(0, AUDIT_PAGE_SIZE);
  if (upwards) shown.reverse();
  return {
    rows: shown.map((row) => ({
      id: Number(row.id),
      at: row.at,
      actor: {
        id: row.actorId,
        name: row.actorName,
        role: row.actorRole,
        via: row.via,
        from: row.fromAddress,
      },
      action: row.action,
      target: row.target,
      before: row.before,
      after: row.after,
      reason: row.reason,
    })),
    hasNewer: upwards ? more : position !== 'newest',
    hasOlder: upwards || more,
  };
}

function conditionOf(position: AuditPosition) {
  if (position === 'newest') return {};
  return 'olderThan' in position ? { id: { lt: position.olderThan } } : { id: { gt: position.newerThan } };
}

/** Every action that is in the log, found by jumping along the index from one to the next. */
export async function listAuditActions(services: Services): Promise<string[]> {
  const rows = await services.db.prisma.$queryRaw<{ action: string }[]>`
    WITH RECURSIVE actions AS (
      (SELECT action FROM audit_log ORDER BY action LIMIT 1)
      UNION ALL
      SELECT (SELECT action FROM audit_log WHERE action > a.action ORDER BY action LIMIT 1)
      FROM actions a WHERE a.action IS NOT NULL
    )
    SELECT action FROM actions WHERE action IS NOT NULL`;
  return rows.map((row) => row.action);
}
