import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** A database of the test's own, cloned from the migrated template. */
export async function createTestDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const templateUrl = new URL(inject('templateUrl'));
  const name = `t_${randomBytes(8).toString('hex')}`;
  await asAdmin(
    templateUrl,
    `CREATE DATABASE ${name} TEMPLATE oc_template STRATEGY ${inject('cloneStrategy')}`,
  );
  const url = new URL(templateUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => asSuperuser(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** Where a database's server listens, as node's `connect` wants it: at a socket, or at a port. */
export function whereIs({ hostname, port }: URL): { path: string } | { host: string; port: number } {
  const host = decodeURIComponent(hostname);
  return host.startsWith('/')
    ? { path: `${host}/.s.PGSQL.${port || '5432'}` }
    : { host, port: Number(port || '5432') };
}

/**
 * What the app's role may not do: making other roles, or ending the vacuum of a database that is to go.
 * @param database where; the server's first one unless told otherwise
 */
export async function asSuperuser(sql: string, database?: string): Promise<void> {
  const url = new URL(inject('superuserUrl'));
  if (database) url.pathname = `/${database}`;
  await runAt(url.href, sql);
}

async function asAdmin(templateUrl: URL, sql: string): Promise<void> {
  const url = new URL(templateUrl);
  url.pathname = '/postgres';
  await runAt(url.href, sql);
}

async function runAt(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
