import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openEmbeddedPostgres } from '../../app/lib/embedded-postgres/embedded-postgres.server.ts';
import { applyMigrations } from '../../app/lib/database/migrate.server.ts';
import { superuserUrl } from './data-dir.ts';
import { makeRunFolder, removeRun } from './quick-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated database that test databases are cloned from. */
    templateUrl: string;
    /** The server's superuser, whom the app never is. */
    superuserUrl: string;
    /** How a database is cloned soonest. */
    cloneStrategy: 'FILE_COPY' | 'WAL_LOG';
    /** What the tests of this run write goes here. */
    runFolder: string;
  }
}

/**
 * One real PostgreSQL for the whole run; each test file clones the migrated template. `TEST_DATABASE_URL` names a server
 * to use in place of the embedded one, as a user who may create databases: its databases `oc_*` are made anew.
 */
export default async function setup(project: TestProject) {
  const runFolder = await makeRunFolder();
  // What one process has compiled the next need not: a third of what starting the app costs.
  process.env.NODE_COMPILE_CACHE = path.join(runFolder, 'compiled');
  const dataDir = path.join(runFolder, 'server');
  await mkdir(dataDir);
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
  const superuser = given ?? (await superuserUrl(dataDir, server.url));
  if (!given) await forgetOnCrash(superuser);
  project.provide('templateUrl', template.href);
  project.provide('superuserUrl', superuser);
  // A copy of files makes PostgreSQL write out all that waits, which is for nothing where a crash may lose it.
  project.provide('cloneStrategy', given ? 'WAL_LOG' : 'FILE_COPY');
  project.provide('runFolder', runFolder);
  return async () => {
    await server.stop();
    await removeRun(runFolder);
  };
}

/** No test crashes the machine under this server: what it writes need not reach a disk. */
async function forgetOnCrash(url: string): Promise<void> {
  const superuser = new pg.Client({ connectionString: url });
  await superuser.connect();
  for (const setting of ['fsync', 'full_page_writes'])
    await superuser.query(`ALTER SYSTEM SET ${setting} = off`);
  await superuser.query('SELECT pg_reload_conf()');
  await superuser.end();
}
