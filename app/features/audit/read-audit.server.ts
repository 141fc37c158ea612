import type { Services } from '../../lib/services.server.ts';
import { parseRowNumber } from '../../lib/http/form-fields.ts';
import { auditConditions, type AuditFilter, type AuditPage, type AuditPosition } from './audit-view.ts';
import { stringify } from 'csv-stringify/sync';

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

const COLUMNS = [
  'id',
  'at',
  'actor_id',
  'actor_name',
  'actor_role',
  'via',
  'from_address',
  'action',
  'target',
  'before',
  'after',
  'reason',
  'prev_hash',
  'hash',
];

/** Texts are always quoted: a lone carriage return in one ends a line for many readers. */
const OPTIONS = { escape_formulas: true, quoted_string: true, record_delimiter: 'windows' } as const;

/** Rows read, and held in memory, at a time. */
export const EXPORT_BATCH = 500;

/**
 * The audit log as CSV (RFC 4180), oldest first, with the hashes, so that a copy can be compared with the log. A cell that
 * a spreadsheet would take for a formula begins with `'`.
 * @param drained resolves when the reader has taken what it was given: only then the next rows are read
 */
export function exportAudit(
  services: Services,
  filter: AuditFilter,
  drained: () => Promise<void>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const write = (rows: unknown[][]) => encoder.encode(stringify(rows, OPTIONS));
  let last = 0n;
  let end: bigint | undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(write([COLUMNS]));
      },
      async pull(controller) {
        await drained();
        // What is written meanwhile is left out: an export ends.
        end ??= (await services.db.prisma.auditHead.findFirstOrThrow()).id;
        const rows = await readRows(services, filter, last, end);
        if (rows.length > 0) {
          last = rows.at(-1)!.id;
          controller.enqueue(write(rows.map(cells)));
        }
        if (rows.length < EXPORT_BATCH) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

function readRows(services: Services, filter: AuditFilter, after: bigint, end: bigint) {
  return services.db.prisma.auditEntry.findMany({
    where: { AND: [auditConditions(filter), { id: { gt: after, lte: end } }] },
    orderBy: { id: 'asc' },
    take: EXPORT_BATCH,
  });
}

function cells(row: Awaited<ReturnType<typeof readRows>>[number]): unknown[] {
  return [
    row.id,
    row.at.toISOString(),
    row.actorId,
    row.actorName,
    row.actorRole,
    row.via,
    row.fromAddress,
    row.action,
    row.target,
    json(row.before),
    json(row.after),
    row.reason,
    hex(row.prevHash),
    hex(row.hash),
  ];
}

const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Position in a page's URL: `older` or `newer` with the number of a row; anything else is the newest page. */
export function parseAuditPosition(params: URLSearchParams): AuditPosition {
  const [older, newer] = [parseRowNumber(params.get('older')), parseRowNumber(params.get('newer'))];
  if (older !== null) return { olderThan: older };
  return newer === null ? 'newest' : { newerThan: newer };
}
