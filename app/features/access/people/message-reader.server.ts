import type pg from 'pg';
import type { Config } from '../../../lib/settings/config.ts';
import type { Role } from '../../audit/actor.ts';
import { lacksSecondFactor } from '../identify.server.ts';
import { permissionsOf } from '../permissions.ts';

/** Somebody who acts by a link in a message to them. */
export interface MessageReader {
  id: string;
  name: string;
  email: string;
  role: Role;
}

type Asked = Pick<Config, 'REQUIRE_ADMIN_SECOND_FACTOR'>;

/**
 * Those of an id or of e-mail addresses who may respond to incidents now: nobody who is deactivated, and nobody whose role may
 * not.
 */
export async function readMessageReaders(
  db: pg.Pool | pg.ClientBase,
  config: Asked,
  who: { id: string } | { emails: readonly string[] },
): Promise<MessageReader[]> {
  const { rows } = await (db as pg.ClientBase).query<MessageReader & { has: boolean }>(
    `SELECT id, name, email, role, two_factor_enabled AS has FROM people
     WHERE deactivated_at IS NULL AND (id = $1 OR email = ANY ($2))`,
    'id' in who ? [who.id, []] : [null, who.emails.map((email) => email.toLowerCase())],
  );
  const readers: MessageReader[] = [];
  for (const { has, ...reader } of rows) {
    const lacks = await lacksSecondFactor(db, config, { id: reader.id, role: reader.role, has });
    if (permissionsOf(lacks ? 'viewer' : reader.role).includes('incidents.respond')) readers.push(reader);
  }
  return readers;
}

/** Who has one of these e-mail addresses and is not deactivated, whatever their role: their ids, by address in small letters. */
export async function peopleWith(
  db: pg.Pool | pg.ClientBase,
  emails: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await (db as pg.ClientBase).query<{ id: string; email: string }>(
    'SELECT id, email FROM people WHERE deactivated_at IS NULL AND email = ANY ($1)',
    [emails.map((email) => email.toLowerCase())],
  );
  return new Map(rows.map(({ id, email }) => [email, id]));
}
