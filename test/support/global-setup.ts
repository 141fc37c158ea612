import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openEmbeddedPostgres } from '../../app/lib/embedded-postgres/embedded-postgres.server.ts';
import { applyMigrations } from '../../app/lib/database/migrate.server.ts';
import { removeDataDir, superuserUrl } from './data-dir.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated database that test databases are cloned from. */
    templateUrl: string;
    /** The server's superuser, whom the app never is. */
    superuserUrl: string;
  }
}

/**
 * One real PostgreSQL for the whole run; each test file clones the migrated template. `TEST_DATABASE_URL` names a server
 * to use in place of the embedded one, as a user who may create databases: its databases `oc_*` are made anew.
 */
export default async function setup(project: TestProject) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'outage-center-test-'));
  const given = process.env.TEST_DATABASE_URL;
  const server = given ? { url: given, stop: () => Promise.resolve() } : await openEmbeddedPostgres(dataDir);
  const template = new URL(server.url);
  template.pathname = '/oc_template';
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  if (given) await admin.query('DROP DATABASE IF EXISTS oc_template WITH (FORCE)');
  await admin.query('CREATE DATABASE oc_template');
  await admin.end();
  await applyMigrations(new pg.Client(template.href));
  project.provide('templateUrl', template.href);
  project.provide('superuserUrl', given ?? (await superuserUrl(dataDir, server.url)));
  return async () => {
    await server.stop();
    await removeDataDir(dataDir);
  };
}
