import path from 'node:path';
import type { ActionFunction, ServerBuild } from '@remix-run/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestServices, type TestServices } from '../support/services.ts';
import {
  addPerson,
  openTestAccess,
  signInWith,
  type TestAccess,
  type TestPerson,
} from '../support/sign-in.ts';
import { ACTIONS } from './hostile-forms.ts';
import { makeToken } from './make-token.ts';

/** A form can take half a minute to arrive: what counts is who may when all of it is there. */
let services: TestServices;
let opened: TestAccess;
let routes: ServerBuild['routes'];
let person: TestPerson;
let session: Record<string, string>;
beforeAll(async () => {
  services = await createTestServices();
  opened = openTestAccess(services, 'http://127.0.0.1:9');
  person = await addPerson(services.databaseUrl, 'admin');
  session = { Cookie: await signInWith(opened, person) };
  ({ routes } = (await import(path.resolve('build/server/index.js'))) as ServerBuild);
});
afterAll(async () => {
  opened?.stop();
  await services?.close();
});

const BOUNDARY = 'xx';
const isUpload = (id: string) => id === 'routes/tickets.import';

/** A form of which the rest comes when its beginning is read, with something done in between. @returns the status */
async function sendSlowly(
  { id, where, headers }: { id: string; where: string; headers: Record<string, string> },
  meanwhile: () => Promise<unknown>,
): Promise<{ status: number; wasRead: boolean }> {
  let wasRead = false;
  const text = isUpload(id)
    ? `--${BOUNDARY}\r\nContent-Disposition: form-data; name="rows"\r\n\r\nx\r\n--${BOUNDARY}--\r\n`
    : 'do=x&reason=y';
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        wasRead = true;
        await meanwhile();
        controller.enqueue(Buffer.from(text));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const type = isUpload(id)
    ? `multipart/form-data; boundary=${BOUNDARY}`
    : 'application/x-www-form-urlencoded';
  const request = new Request(`http://127.0.0.1${where}`, {
    ...{ method: 'POST', body, duplex: 'half' },
    headers: { ...headers, 'Content-Type': type, Accept: 'application/json' },
  });
  const action = routes[id]!.module.action as ActionFunction;
  // An address without a number has no parts that vary.
  const params = where.includes('/1') ? { id: '1', verb: 'note', decision: 'approve', act: 'end' } : {};
  const answer: unknown = await Promise.resolve(
    action({ request, params, context: opened.context as never }),
  ).catch((thrown: unknown) => thrown);
  if (!(answer instanceof Response)) throw answer;
  return { status: answer.status, wasRead };
}

/** Those that a right is asked for. */
const RIGHTS = ACTIONS.filter(({ POST }) => POST.anonymous !== 'in');

test.each(RIGHTS)(
  '$id: who loses role or access while the form comes is refused',
  async ({ id, POST, paths }) => {
    const lost: [string, string, number][] = [
      ...(POST.viewer === 'in' ? [] : [["role = 'viewer'", 'the role', 403] as [string, string, number]]),
      ['deactivated_at = now()', 'the access', 401],
    ];
    for (const [change, what, status] of lost) {
      const answer = await sendSlowly({ id, where: paths[0]!, headers: session }, () =>
        services.db.pool.query(`UPDATE people SET ${change}`),
      );
      await services.db.pool.query("UPDATE people SET role = 'admin', deactivated_at = NULL");
      expect(answer, `${id} without ${what}`).toEqual({ status, wasRead: true });
    }
  },
);

test('so is a program whose token is revoked meanwhile, and nobody who may not has a byte read', async () => {
  const place = { id: 'routes/api/incidents', where: '/api/incidents' };
  const token = await makeToken(services, person, ['incidents.respond']);
  const revoked = await sendSlowly({ ...place, headers: { Authorization: `Bearer ${token}` } }, () =>
    services.db.pool.query('UPDATE api_tokens SET revoked_at = now()'),
  );
  expect(revoked).toEqual({ status: 401, wasRead: true });
  const viewer = { Cookie: await opened.signIn('viewer') };
  const refused = await sendSlowly({ ...place, headers: viewer }, () => Promise.resolve());
  expect(refused).toEqual({ status: 403, wasRead: false });
  expect((await services.db.pool.query('SELECT FROM incidents')).rowCount).toBe(0);
});
