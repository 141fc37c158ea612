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
  banner: boolean;
  updates: NoticeRow['updates'];
}

/** Notices with their updates, the newest first. */
export async function readNotices(db: pg.Pool | pg.PoolClient): Promise<NoticeRow[]> {
  const { rows } = await db.query<Row>({
    name: 'status-notices',
    text: `SELECT n.id, n.kind, n.title, n.components, n.began_at AS "beganAt", n.ends_at AS "endsAt",
      n.created_at AS "createdAt", n.resolved_at AS "resolvedAt", n.banner, COALESCE((
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

/** What the form of an incident's next update begins with. */
export type FormNotice = Pick<NoticeRow, 'id' | 'title' | 'affects'> & {
  updates: (NoticeRow['updates'][number] & { channels: string[] })[];
  resolved: boolean;
  nextDueAt: string | null;
};

/** The newest notice of an incident, for its form; null: nothing was published. */
export async function readNoticeOf(db: pg.Pool, incidentId: number): Promise<FormNotice | null> {
  const { rows } = await db.query<{
    id: number;
    title: string;
    components: unknown;
    resolved: boolean;
    nextDueAt: Date | null;
    updates: FormNotice['updates'];
  }>(
    `SELECT n.id, n.title, n.components, n.resolved_at IS NOT NULL AS resolved, n.next_due_at AS "nextDueAt", COALESCE((
       SELECT json_agg(json_build_object('id', u.id, 'state', u.state, 'text', u.text, 'at', u.at, 'channels', u.channels)
                       ORDER BY u.at DESC, u.id DESC)
       FROM status_updates u WHERE u.notice_id = n.id), '[]') AS updates
     FROM status_notices n WHERE n.incident_id = $1 ORDER BY n.id DESC LIMIT 1`,
    [incidentId],
  );
  const [row] = rows;
  if (!row) return null;
  const { components, nextDueAt, ...notice } = row;
  return { ...notice, nextDueAt: nextDueAt?.toISOString() ?? null, affects: parseAffects(components) };
}

/** When customers were promised to hear more of an incident, ISO; null: they were promised nothing. */
export async function readNextUpdate(db: pg.Pool, incidentId: number): Promise<string | null> {
  const { rows } = await db.query<{ at: Date }>({
    name: 'status-next-update',
    text: 'SELECT next_due_at AS at FROM status_notices WHERE incident_id = $1 AND resolved_at IS NULL AND next_due_at IS NOT NULL',
    values: [incidentId],
  });
  return rows[0]?.at.toISOString() ?? null;
}
