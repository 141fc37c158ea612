import type pg from 'pg';
import { COMPONENT_STATES, type PublicNotice, type PublicState } from './status-document.ts';

/** Notices that are public at most, the newest. */
const MOST = 300;
/** Updates of one notice that are public, the newest. */
const MOST_UPDATES = 200;

/** A notice with how each component is, by its number. */
export type NoticeRow = Omit<PublicNotice, 'affects'> & { affects: Record<string, PublicState> };

interface Row {
  id: number;
  kind: NoticeRow['kind'];
  title: string;
  components: unknown;
  beganAt: Date;
  endsAt: Date | null;
  createdAt: Date;
  resolvedAt: Date | null;
  updates: NoticeRow['updates'];
}

/** Notices with their updates, the newest first. */
export async function readNotices(db: pg.Pool | pg.PoolClient): Promise<NoticeRow[]> {
  const { rows } = await db.query<Row>({
    name: 'status-notices',
    text: `SELECT n.id, n.kind, n.title, n.components, n.began_at AS "beganAt", n.ends_at AS "endsAt",
      n.created_at AS "createdAt", n.resolved_at AS "resolvedAt", COALESCE((
        SELECT json_agg(u ORDER BY u.at DESC, u.id DESC) FROM (
          SELECT id, state, text, at FROM status_updates WHERE notice_id = n.id ORDER BY at DESC, id DESC LIMIT ${MOST_UPDATES}
        ) u), '[]') AS updates
    FROM status_notices n ORDER BY n.began_at DESC, n.id DESC LIMIT ${MOST}`,
  });
  return rows.map(({ components, beganAt, endsAt, createdAt, resolvedAt, updates, ...notice }) => ({
    ...notice,
    affects: parseAffects(components),
    beganAt: beganAt.toISOString(),
    endsAt: endsAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    resolvedAt: resolvedAt?.toISOString() ?? null,
    updates: updates.map((update) => ({ ...update, at: new Date(update.at).toISOString() })),
  }));
}

/** What a notice says of components; what is not understood is left out. */
export function parseAffects(json: unknown): Record<string, PublicState> {
  if (typeof json !== 'object' || json === null) return {};
  return Object.fromEntries(
    Object.entries(json as Record<string, unknown>).flatMap(([id, said]) => {
      const state = COMPONENT_STATES.find((known) => known === said);
      return state ? [[id, state]] : [];
    }),
  );
}
