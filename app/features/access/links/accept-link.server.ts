import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Actor } from '../../audit/actor.ts';
import { recordAudit } from '../../audit/record-audit.server.ts';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import type { Access } from '../access.server.ts';
import { endEveryWayIn, unlinkSingleSignOn } from '../people/change-people.server.ts';
import { readLink, useUpLink, type Link, type LinkKind } from './links.server.ts';
import { lockPeople } from '../people/admin-change.server.ts';

export interface Acceptance {
  token: string;
  kinds: readonly LinkKind[];
  name: string;
  /** For a link that does not name one. */
  email: string | null;
  password: string;
  /** Address the request came from. */
  from: string | null;
  now: Date;
}

export type AcceptOutcome =
  | { outcome: 'accepted'; email: string; personId: string }
  /** Used, expired, withdrawn, or never made: nobody is told which. */
  | { outcome: 'link_void' }
  | { outcome: 'email_taken' };

/**
 * Does what a one-time link is for, once: makes the person, or sets the new password. All of it and the link's end are one
 * transaction, so that of two who use a link at once one finds it void.
 */
export async function acceptLink(
  { access, services }: { access: Access; services: Services },
  wish: Acceptance,
): Promise<AcceptOutcome> {
  const { password: hasher } = await access.auth().$context;
  // Hashed before the transaction: it takes long on purpose, and nobody is to wait for it.
  const hash = await hasher.hash(wish.password);
  const accepted = await inTransaction(
    services.db.pool,
    async (client): Promise<AcceptOutcome> => {
      await lockPeople(client);
      const link = await readLink(client, wish.token, wish.kinds, wish.now);
      if (!link || !(await useUpLink(client, link, wish.now))) return { outcome: 'link_void' };
      return link.kind === 'reset'
        ? resetPassword(client, link, hash, wish)
        : addPerson(client, link, hash, wish);
    },
    ({ outcome }) => outcome !== 'accepted',
  );
  services.changes.announce('access');
  return accepted;
}

async function addPerson(
  client: pg.ClientBase,
  link: Link,
  hash: string,
  { name, email: typed, from, now }: Acceptance,
): Promise<AcceptOutcome> {
  const email = link.email ?? typed;
  if (!email || !link.role) return { outcome: 'link_void' };
  const personId = randomUUID();
  const added = await client.query(
    `INSERT INTO people (id, name, email, email_verified, role, created_at, updated_at)
     VALUES ($1, $2, $3, true, $4, $5, $5) ON CONFLICT (email) DO NOTHING`,
    [personId, name, email, link.role, now],
  );
  if (added.rowCount === 0) return { outcome: 'email_taken' };
  await client.query(
    `INSERT INTO sign_in_methods (id, person_id, provider_id, account_id, password, created_at, updated_at)
     VALUES ($1, $2, 'credential', $2, $3, $4, $4)`,
    [randomUUID(), personId, hash, now],
  );
  const actor: Actor = { id: `person:${personId}`, name, role: link.role, via: 'form', from };
  await recordAudit(client, {
    actor,
    action: 'people.join',
    target: `${link.kind} link ${link.id}`,
    after: { name, email, role: link.role },
    at: now,
  });
  return { outcome: 'accepted', email, personId };
}

async function resetPassword(
  client: pg.ClientBase,
  link: Link,
  hash: string,
  { from, now }: Acceptance,
): Promise<AcceptOutcome> {
  const { personId, personName, email } = link;
  if (!personId || !email) return { outcome: 'link_void' };
  await client.query(
    `INSERT INTO sign_in_methods (id, person_id, provider_id, account_id, password, created_at, updated_at)
     VALUES ($1, $2, 'credential', $2, $3, $4, $4)
     ON CONFLICT (provider_id, account_id) DO UPDATE SET password = EXCLUDED.password, updated_at = EXCLUDED.updated_at`,
    [randomUUID(), personId, hash, now],
  );
  await client.query('DELETE FROM second_factors WHERE person_id = $1', [personId]);
  const { rows } = await client.query<{ role: Actor['role'] }>(
    'UPDATE people SET two_factor_enabled = false, updated_at = $2 WHERE id = $1 RETURNING role',
    [personId, now],
  );
  // Whoever could have linked a sign-in of their own before is out; the right one links itself at its next sign-in.
  const singleSignOnUnlinked = await unlinkSingleSignOn(client, personId);
  const sessionsEnded = await endEveryWayIn(client, personId);
  await recordAudit(client, {
    actor: { id: `person:${personId}`, name: personName ?? '', role: rows[0]!.role, via: 'form', from },
    action: 'account.reset',
    target: `reset link ${link.id}`,
    after: { secondFactor: false, singleSignOnUnlinked, sessionsEnded },
    at: now,
  });
  return { outcome: 'accepted', email, personId };
}
