import { randomUUID } from 'node:crypto';
import { hashPassword } from 'better-auth/crypto';
import type { AppLoadContext } from '@remix-run/node';
import type { BrowserContext } from 'playwright-core';
import pg from 'pg';
import { openAccess, type Access } from '../../app/features/access/access.server.ts';
import type { Services } from '../../app/lib/services.server.ts';

export type TestRole = 'viewer' | 'responder' | 'admin';
export interface TestPerson {
  id: string;
  name: string;
  email: string;
  password: string;
  role: TestRole;
}

const PASSWORD = 'correct horse battery staple';
/** Slow by intent: 85 ms of processor time, so once for all of a file's people. */
let passwordHash: Promise<string> | undefined;

/** Puts somebody among the people, as an accepted invitation does. */
export async function addPerson(
  databaseUrl: string,
  role: TestRole,
  name: string = role,
): Promise<TestPerson> {
  const id = randomUUID();
  const person = { id, name, email: `${role}-${id.slice(0, 8)}@example.com`, password: PASSWORD, role };
  const hash = await (passwordHash ??= hashPassword(PASSWORD));
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `WITH added AS (INSERT INTO people (id, name, email, email_verified, role) VALUES ($1, $2, $3, true, $4))
       INSERT INTO sign_in_methods (id, person_id, provider_id, account_id, password)
       VALUES ($5, $1, 'credential', $1, $6)`,
      [id, name, person.email, role, randomUUID(), hash],
    );
  } finally {
    await client.end();
  }
  return person;
}

/** Signs in over HTTP, as a browser does. @returns the cookies to send from then on */
export async function signInOver(
  url: string,
  { email, password }: { email: string; password: string },
): Promise<string> {
  const response = await fetch(`${url}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ email, password }).toString(),
  });
  await response.body?.cancel();
  if (response.status !== 303) throw new Error(`not signed in: ${response.status}`);
  return cookiesOf(response.headers);
}

/** Somebody new of that role, signed in to a running app. */
export async function signInAs(url: string, databaseUrl: string, role: TestRole): Promise<string> {
  return signInOver(url, await addPerson(databaseUrl, role));
}

/** The cookies that an answer sets, as a request sends them. */
export function cookiesOf(headers: Headers): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0]!)
    .join('; ');
}

/** `fetch` as somebody who is signed in. */
export function fetchAs(cookie: string, input: string | URL, init: RequestInit = {}): Promise<Response> {
  return fetch(input, { ...init, headers: { Cookie: cookie, ...(init.headers as Record<string, string>) } });
}

/** Gives a browser the cookies of a session. */
export async function useCookies(context: BrowserContext, url: string, cookies: string): Promise<void> {
  await context.addCookies(
    cookies.split('; ').map((pair) => {
      const at = pair.indexOf('=');
      return { name: pair.slice(0, at), value: pair.slice(at + 1), url };
    }),
  );
}

export interface TestAccess {
  access: Access;
  /** Load context of loaders and actions. */
  context: Pick<AppLoadContext, 'services' | 'access' | 'clientAddress' | 'sandboxUrl' | 'drained'>;
  /** Somebody new of that role, signed in; also to an app on the same database and data directory. @returns the Cookie header */
  signIn(role: TestRole): Promise<string>;
  stop(): void;
}

/** By the library itself: a test that counts audit rows has none of this in it. @returns the Cookie header */
export async function signInWith(
  { access }: { access: Access },
  { email, password }: TestPerson,
): Promise<string> {
  const { headers } = await access.auth().api.signInEmail({ body: { email, password }, returnHeaders: true });
  return cookiesOf(headers);
}

/** The real sign-in over a test's services, for tests that call loaders and actions themselves. */
export function openTestAccess(
  services: Services & { databaseUrl: string },
  sandboxUrl?: string,
): TestAccess {
  const access = openAccess(services);
  return {
    access,
    context: { services, access, clientAddress: '127.0.0.1', sandboxUrl, drained: () => Promise.resolve() },
    signIn: async (role) => signInWith({ access }, await addPerson(services.databaseUrl, role)),
    stop: () => access.stop(),
  };
}
