import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TOKEN_PERMISSIONS } from '../../app/features/access/permissions.ts';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { makeToken } from '../access/make-token.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { insertEvents } from '../support/dead-letters.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { addPerson, signInOver } from '../support/sign-in.ts';
import { until } from '../support/until.ts';

interface Described {
  operationId: string;
  requestBody?: { content: Record<string, { schema: AnySchema }> };
  responses: Record<string, { content: Record<string, { schema: AnySchema }> }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<'get' | 'post', Described>>;
}

let services: TestServices;
let agent: AgentService;
let app: AppProcess;
let token: string;
let readingToken: string;
let api: Document;
let operations: { path: string; method: 'get' | 'post'; described: Described }[];

beforeAll(async () => {
  services = await createTestServices();
  agent = await startAgent();
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: agent.url,
    CHATWOOT_BASE_URL: 'http://127.0.0.1:9',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
  });
  await app.ready();
  const admin = await addPerson(services.databaseUrl, 'admin', 'Ada');
  token = await makeToken(services, admin, TOKEN_PERMISSIONS);
  readingToken = await makeToken(services, admin, ['page.read']);
  api = (await (await ask('GET', '/api/openapi.json')).json()) as Document;
  operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      path,
      method: method as 'get' | 'post',
      described,
    })),
  );
});
afterAll(async () => {
  await app?.kill('SIGTERM');
  await agent?.stop();
  await services?.close();
});

function ask(
  method: string,
  path: string,
  fields: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  const isRead = method === 'GET';
  const query = isRead && Object.keys(fields).length > 0 ? `?${new URLSearchParams(fields)}` : '';
  return fetch(app.url + path + query, {
    method,
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/json', ...headers },
    body: isRead ? undefined : new URLSearchParams(fields),
  });
}

/** Every field of an answer is described: what later versions may add, this one does not. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const own = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return (
    'properties' in own && !('additionalProperties' in own) ? { ...own, additionalProperties: false } : own
  ) as T;
}

/** What is wrong with an answer by the description; empty: nothing. */
async function faultsOf(described: Described, answer: Response): Promise<string[]> {
  const response = described.responses[answer.status];
  if (!response) return [`${answer.status} is not described: ${await answer.text()}`];
  const type = answer.headers.get('Content-Type')!.split(';')[0]!;
  const content = response.content[type];
  if (!content) return [`${answer.status} as ${type} is not described`];
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: fullFormats });
  ajv.addSchema(api, 'api');
  const schema = JSON.parse(
    JSON.stringify(content.schema).replace('"#/components', '"api#/components'),
  ) as AnySchema;
  const body: unknown = await answer.json();
  const validate = ajv.compile(closed(schema));
  return validate(body) ? [] : [JSON.stringify(validate.errors), JSON.stringify(body).slice(0, 2000)];
}

/** What each operation is asked, in an order in which it can be done; a step may need what an earlier one made. */
type Step = {
  id?: () => number | string | Promise<number | string>;
  fields?: Record<string, string> | (() => Promise<Record<string, string>>);
  status: number;
};
let incident = 0;
let other = 0;
let replay = 0;
const openIncident = async (title: string, cause?: string) => {
  const fields = { title, reason: 'seen', severity: 'P1', ...(cause && { cause }) };
  const answer = await ask('POST', '/api/incidents', fields);
  return ((await answer.json()) as { incidentId: number }).incidentId;
};
const newReplay = async () => {
  await insertEvents(services, { count: 3 });
  // It goes out so slowly that it is still there to be changed.
  const answer = await ask('POST', '/api/dead-letters/replay', { all: '1', rate: '0.01' });
  replay = ((await answer.json()) as { replayId: number }).replayId;
  return replay;
};
const ofIncident = (fields: Record<string, string> = {}): Step => ({
  id: () => incident,
  fields,
  status: 200,
});
const STEPS: Record<string, Step | Step[]> = {
  readVerdict: { status: 200 },
  readStatus: { status: 200 },
  checkHealth: { status: 202 },
  proveArrival: { status: 202 },
  listIncidents: [
    { status: 200 },
    { fields: { all: '1', page: '1' }, status: 200 },
    { fields: { page: 'x' }, status: 400 },
  ],
  openIncident: [
    { fields: { title: 'Odd answers', reason: 'seen', severity: 'P2' }, status: 201 },
    { fields: { title: 'Odd answers', reason: 'seen', severity: 'P9' }, status: 400 },
    { fields: { title: '', reason: 'seen', severity: 'P1' }, status: 400 },
  ],
  acknowledgeIncident: [
    ofIncident(),
    { id: () => incident, status: 409 },
    { id: () => 999_999, status: 404 },
  ],
  assignIncident: ofIncident({ assignee: 'Rob' }),
  severityIncident: ofIncident({ severity: 'P0', reason: 'worse' }),
  noteIncident: [ofIncident({ text: 'seen by a program' }), { id: () => incident, fields: {}, status: 400 }],
  runStepIncident: { id: () => incident, fields: { step: 'nothing' }, status: 404 },
  tickStepIncident: {
    id: () => incident,
    fields: async () => ({ step: await personsStep(), note: 'done' }),
    status: 200,
  },
  skipStepIncident: { id: () => incident, fields: async () => ({ step: await personsStep() }), status: 200 },
  untickStepIncident: {
    id: () => incident,
    fields: async () => ({ step: await personsStep() }),
    status: 200,
  },
  readIncident: [ofIncident(), { id: () => 999_999, status: 404 }],
  readReport: [ofIncident(), { id: () => incident, fields: { format: 'pdf' }, status: 400 }],
  resolveIncident: [
    { id: () => incident, fields: { resolution: 'restarted' }, status: 409 },
    ofIncident({ resolution: 'restarted', overrideReason: 'a test' }),
  ],
  reopenIncident: ofIncident({ reason: 'again' }),
  mergeIncident: {
    id: () => incident,
    fields: async () => ({ into: String((other = await openIncident('Another', 'delivery'))) }),
    status: 200,
  },
  planReplay: [
    { fields: async () => (await insertEvents(services, { count: 2 }), { scope: 'all' }), status: 200 },
    { fields: { rate: 'fast', all: '1' }, status: 400 },
  ],
  replayDeadLetters: [
    { fields: { all: '1', rate: '0.01' }, status: 202 },
    { fields: { all: '1' }, status: 200 },
    { fields: { id: '999999' }, status: 404 },
  ],
  readReplay: [
    { id: newReplay, status: 200 },
    { id: () => 999_999, status: 404 },
  ],
  pauseReplay: { id: () => replay, status: 200 },
  resumeReplay: { id: () => replay, status: 200 },
  cancelReplay: [
    { id: () => replay, fields: { reason: 'enough' }, status: 200 },
    { id: () => replay, status: 409 },
  ],
  discardDeadLetters: [
    {
      fields: async () => ({ id: String((await insertEvents(services))[0]!.id), reason: 'a test' }),
      status: 200,
    },
    { fields: { all: '1' }, status: 400 },
  ],
  restoreDeadLetters: [
    {
      fields: async () => ({ id: String((await insertEvents(services, { state: 'discarded' }))[0]!.id) }),
      status: 200,
    },
    { fields: {}, status: 400 },
  ],
  switchFallback: [
    { fields: { to: 'on', reason: 'a test' }, status: 200 },
    { fields: { to: 'on', reason: 'a test' }, status: 409 },
    { fields: { to: 'sideways', reason: 'a test' }, status: 400 },
  ],
  changeFallbackSteps: [
    { fields: { do: 'add', inbox: '7' }, status: 200 },
    { fields: { do: 'retry' }, status: 400 },
  ],
  readFallback: { status: 200 },
  readComparison: [{ status: 200 }, { fields: { incident: 'x' }, status: 400 }],
  compare: [
    { status: 202 },
    { fields: { since: 'yesterday' }, status: 400 },
    { fields: { run: '999', do: 'pause' }, status: 409 },
  ],
  readWithheld: { status: 200 },
  decideWithheld: [
    { fields: { do: 'send', all: 'yes' }, status: 409 },
    { fields: { do: 'send' }, status: 400 },
  ],
  readGates: [{ status: 200 }, { fields: { incident: '999999' }, status: 404 }],
  readCanary: { status: 200 },
  listDrills: { status: 200 },
};

async function personsStep(): Promise<string> {
  const read = (await (await ask('GET', `/api/incidents/${incident}`)).json()) as {
    guide: { key: string; how: string }[];
  };
  return read.guide.find(({ how }) => how === 'person')!.key;
}

describe('the description of the API', () => {
  test('is OpenAPI 3.1, and every operation in it is asked below', () => {
    expect(api.openapi).toBe('3.1.0');
    expect(operations.map(({ described }) => described.operationId).sort()).toEqual(
      Object.keys(STEPS).sort(),
    );
  });

  test('every operation answers as described, to what is right and to what is wrong', async () => {
    incident = await openIncident('It is slow', 'chatwoot');
    const faults: string[] = [];
    for (const [operationId, steps] of Object.entries(STEPS)) {
      const { path, method, described } = operations.find(
        (one) => one.described.operationId === operationId,
      )!;
      for (const { id, fields, status } of [steps].flat()) {
        const where = path.replace('{id}', String((await id?.()) ?? ''));
        const sent = typeof fields === 'function' ? await fields() : fields;
        const answer = await ask(method.toUpperCase(), where, sent);
        if (answer.status !== status)
          faults.push(`${operationId}: ${answer.status}, not ${status}: ${await answer.clone().text()}`);
        faults.push(...(await faultsOf(described, answer)).map((fault) => `${operationId}: ${fault}`));
      }
    }
    expect(faults).toEqual([]);
    expect(other).toBeGreaterThan(0);
  });

  test('without a token, and with one that has not the right, every operation answers with the problem described', async () => {
    for (const { path, method, described } of operations) {
      const where = path.replace('{id}', '1');
      const none = await fetch(app.url + where, { method, headers: { Accept: 'application/json' } });
      expect([none.status, await faultsOf(described, none)], path).toEqual([401, []]);
      if (method === 'get') continue;
      const less = await ask('POST', where, {}, { Authorization: `Bearer ${readingToken}` });
      expect([less.status, await faultsOf(described, less)], path).toEqual([403, []]);
    }
  });

  test('an answer that is not as described is noticed', async () => {
    const { described } = operations.find((one) => one.described.operationId === 'listIncidents')!;
    const odd = Response.json({ incidents: [{ id: 'one' }], total: 1, page: 1, pages: 1 });
    expect(await faultsOf(described, odd)).not.toEqual([]);
    expect(
      await faultsOf(described, Response.json({ more: 1, incidents: [], total: 0, page: 1, pages: 1 })),
    ).not.toEqual([]);
  });
});

describe('an action with an Idempotency-Key', () => {
  const note = (id: number, key: string, text: string) =>
    ask('POST', `/api/incidents/${id}/note`, { text }, { 'Idempotency-Key': key });
  const notes = async (id: number, text: string) => {
    const read = (await (await ask('GET', `/api/incidents/${id}`)).json()) as {
      timeline: { text: string }[];
    };
    return read.timeline.filter((line) => line.text === text).length;
  };

  test('is done once; the same gets the same answer, another thing under the key is refused', async () => {
    const id = await openIncident('With a key');
    const first = await note(id, 'a-key', 'once');
    const again = await note(id, '"a-key"', 'once');
    expect([first.status, await first.text()]).toEqual([again.status, await again.text()]);
    expect([first.headers.get('Idempotency-Replayed'), again.headers.get('Idempotency-Replayed')]).toEqual([
      null,
      'true',
    ]);
    const another = await note(id, 'a-key', 'something else');
    expect([another.status, ((await another.json()) as { code: string }).code]).toEqual([
      422,
      'idempotency_key_reused',
    ]);
    expect([await notes(id, 'once'), await notes(id, 'something else')]).toEqual([1, 0]);
    // A refusal is an answer, too.
    const refused = await note(id, 'empty', '');
    expect(await (await note(id, 'empty', '')).json()).toEqual(await refused.json());
    for (const odd of ['with space', 'x'.repeat(256)])
      expect((await note(id, odd, 'x')).status, odd).toBe(400);
  });

  test('is free again after a refusal that passes, of which it is sure that nothing was done', async () => {
    const admin = await addPerson(services.databaseUrl, 'admin', 'Cleo');
    const less = await makeToken(services, admin, ['page.read', 'dead_letters.replay']);
    const program = { Authorization: `Bearer ${less}` };
    const browser = { Cookie: await signInOver(app.url, admin) };
    const twice = async (who: Record<string, string>, path: string, fields: Record<string, string>) => {
      const headers = { ...who, Accept: 'application/json', 'Idempotency-Key': 'twice' + path + fields.id };
      const send = () =>
        fetch(app.url + path, { method: 'POST', headers, body: new URLSearchParams(fields) });
      const [first, again] = [await send(), await send()];
      return [first.status, again.status, again.headers.get('Idempotency-Replayed')];
    };
    // Without the right to read texts, and while Chatwoot does not answer.
    const replays = '/api/dead-letters/replay';
    expect(await twice(program, replays, { all: '1', text: 'parcel' })).toEqual([403, 403, null]);
    expect(await twice(browser, '/api/waiting/assign', { pair: '2:41>1' })).toEqual([502, 502, null]);
    expect(await twice(program, replays, { id: '999999' })).toEqual([404, 404, 'true']);
  });

  test('whose answer cannot be kept gets it all the same, and is not done again', async () => {
    const id = await openIncident('Not kept');
    const { pool } = services.db;
    await pool.query(
      `ALTER TABLE idempotency_keys ADD CONSTRAINT unkept CHECK (key <> 'unkept' OR status IS NULL)`,
    );
    try {
      expect((await note(id, 'unkept', 'done')).status).toBe(200);
      expect((await note(id, 'unkept', 'done')).status).toBe(409);
      expect(await notes(id, 'done')).toBe(1);
    } finally {
      await pool.query('ALTER TABLE idempotency_keys DROP CONSTRAINT unkept');
    }
  });

  test('is another one for somebody else', async () => {
    const id = await openIncident('Of two tokens');
    await note(id, 'shared', 'of the first');
    const admin = await addPerson(services.databaseUrl, 'admin', 'Bea');
    const second = await makeToken(services, admin, ['page.read', 'incidents.respond']);
    const answer = await ask(
      'POST',
      `/api/incidents/${id}/note`,
      { text: 'of the second' },
      { 'Idempotency-Key': 'shared', Authorization: `Bearer ${second}` },
    );
    expect([answer.status, await notes(id, 'of the second')]).toEqual([200, 1]);
  });

  test('is done once when it is sent twenty times at the same moment', async () => {
    const id = await openIncident('All at once');
    const answers = await Promise.all(Array.from({ length: 20 }, () => note(id, 'at-once', 'one of twenty')));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([]);
    expect(statuses).toContain(200);
    expect(await notes(id, 'one of twenty')).toBe(1);
    await until(
      'the answer is there for all',
      async () => (await note(id, 'at-once', 'one of twenty')).status === 200,
    );
    expect(await notes(id, 'one of twenty')).toBe(1);
  });

  test('is not done again when its process died before it answered, and is a new one after a day', async () => {
    const id = await openIncident('Interrupted');
    await note(id, 'lost', 'perhaps');
    const forget = `UPDATE idempotency_keys SET status = NULL, began_at = began_at - $1::interval WHERE key = 'lost'`;
    await services.db.pool.query(forget, ['3 minutes']);
    const answer = await note(id, 'lost', 'perhaps');
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      409,
      'idempotency_unknown',
    ]);
    expect(await notes(id, 'perhaps')).toBe(1);
    await services.db.pool.query(forget, ['24 hours']);
    expect((await note(id, 'lost', 'perhaps')).status).toBe(200);
    expect(await notes(id, 'perhaps')).toBe(2);
  });
});
