import type pg from 'pg';
import {
  COMPONENT_STATES,
  type OpenNotice,
  type PublicNotice,
  type PublicState,
  type Told,
} from './status-document.ts';

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
          SELECT id, state, text, at, replaced_at AS "replacedAt" FROM status_updates WHERE notice_id = n.id ORDER BY at DESC, id DESC LIMIT ${MOST_UPDATES}
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
    updates: updates.map((update) => ({
      ...update,
      // What is over is kept as resolved, whatever it was.
      state: notice.kind === 'maintenance' && update.state === 'resolved' ? 'completed' : update.state,
      at: new Date(update.at).toISOString(),
      replacedAt: update.replacedAt ? new Date(update.replacedAt).toISOString() : null,
    })),
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
  updates: (NoticeRow['updates'][number] & {
    channels: string[];
    /** What it said before, oldest first. */
    earlier: { text: string; until: string; by: string }[];
  })[];
  resolved: boolean;
  nextDueAt: string | null;
  /** Over which channels a person sent it last; null: nobody has chosen yet. */
  chosen: string[] | null;
};

/** The newest notice of an incident, for its form; null: nothing was published. */
export async function readNoticeOf(db: pg.Pool, incidentId: number): Promise<FormNotice | null> {
  const { rows } = await db.query<{
    id: number;
    title: string;
    components: unknown;
    resolved: boolean;
    automatic: boolean;
    nextDueAt: Date | null;
    updates: FormNotice['updates'];
  }>(
    `SELECT n.id, n.title, n.components, n.resolved_at IS NOT NULL AS resolved, n.automatic, n.next_due_at AS "nextDueAt", COALESCE((
       SELECT json_agg(json_build_object('id', u.id, 'state', u.state, 'text', u.text, 'at', u.at, 'channels', u.channels, 'earlier', u.earlier)
                       ORDER BY u.at DESC, u.id DESC)
       FROM status_updates u WHERE u.notice_id = n.id), '[]') AS updates
     FROM status_notices n WHERE n.incident_id = $1 ORDER BY n.resolved_at IS NULL DESC, n.id DESC LIMIT 1`,
    [incidentId],
  );
  const [row] = rows;
  if (!row) return null;
  const { components, nextDueAt, automatic, ...notice } = row;
  const sent = notice.updates[0]?.channels ?? [];
  return {
    ...notice,
    nextDueAt: nextDueAt?.toISOString() ?? null,
    affects: parseAffects(components),
    chosen: automatic || sent.length === 0 ? null : sent,
  };
}

interface FirstUpdate {
  at: Date;
  author: string;
  title: string;
  text: string;
}

/** The first text that was ever published; null: none. */
export async function readFirstUpdate(db: pg.Pool): Promise<FirstUpdate | null> {
  const { rows } = await db.query<FirstUpdate>(
    `SELECT u.at, u.author, n.title, u.text FROM status_updates u JOIN status_notices n ON n.id = u.notice_id
     ORDER BY u.at, u.id LIMIT 1`,
  );
  return rows[0] ?? null;
}

/** What customers were told last of an incident; null: nothing. */
export async function readTold(db: pg.Pool, incidentId: number): Promise<Told | null> {
  const { rows } = await db.query<{ goesOn: boolean; nextAt: Date | null }>({
    name: 'status-told',
    text: `SELECT resolved_at IS NULL AS "goesOn", CASE WHEN resolved_at IS NULL THEN next_due_at END AS "nextAt"
      FROM status_notices WHERE incident_id = $1 ORDER BY resolved_at IS NULL DESC, id DESC LIMIT 1`,
    values: [incidentId],
  });
  return rows[0] ? { ...rows[0], nextAt: rows[0].nextAt?.toISOString() ?? null } : null;
}

/** Notices of incidents that customers still see as going on, oldest first. */
export async function readOpenNotices(db: pg.Pool): Promise<OpenNotice[]> {
  const { rows } = await db.query<Omit<OpenNotice, 'beganAt'> & { beganAt: Date }>({
    name: 'status-open-notices',
    text: `SELECT id, incident_id AS "incidentId", title, began_at AS "beganAt" FROM status_notices
      WHERE kind = 'incident' AND incident_id IS NOT NULL AND resolved_at IS NULL ORDER BY began_at, id LIMIT 100`,
  });
  return rows.map((row) => ({ ...row, beganAt: row.beganAt.toISOString() }));
}
