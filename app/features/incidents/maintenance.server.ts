import type pg from 'pg';
import { causeOf } from './incident-row.server.ts';

/** Until when each part that is checked is, or was within a day, under planned maintenance; by the part's name. */
export type Maintenance = ReadonlyMap<string, Date>;

/** As it was announced on the status page, whether that is public or not; what was called off before it began is none. */
export async function readMaintenance(db: pg.Pool | pg.ClientBase, now: Date): Promise<Maintenance> {
  const { rows } = await db.query<{ part: string; until: Date }>({
    name: 'maintenance-of-parts',
    text: `SELECT part, max(until) AS until FROM maintained_parts
      WHERE began_at <= $1 AND until > $1::timestamptz - interval '1 day' GROUP BY part`,
    values: [now],
  });
  return new Map(rows.map(({ part, until }) => [part, until]));
}

/** When the maintenance of what a rule looks at ends, or ended; null: there is none. */
export function maintenanceOf(
  { cause, related, rule }: { cause: string | null; related: string | null; rule: string },
  maintenance: Maintenance,
): Date | null {
  const ends = [...maintenance].flatMap(([part, until]) =>
    causeOf(part) === cause || causeOf(part) === related || rule === `${part}_down` ? [until.getTime()] : [],
  );
  return ends.length > 0 ? new Date(Math.max(...ends)) : null;
}
