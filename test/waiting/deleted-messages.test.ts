import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDeadLetter } from '../../app/features/delivery/dead-letters/read-dead-letter.server.ts';
import type { Conversation, Message } from '../../app/sandbox/chatwoot/records.ts';
import { createComparisonWorld, type ComparisonWorld } from '../arrival/comparison-world.ts';
import { startApp, type AppProcess } from '../support/app-process.ts';
import { endPending } from '../support/dead-letters.ts';
import { fetchAs, signInAs } from '../support/sign-in.ts';

const SECRET = 'My card is 4711 0815';
const KEPT = 'Where is my parcel 1234';

let world: ComparisonWorld;
let app: AppProcess;
let cookie: string;
let taken: { talk: Conversation; message: Message };
let kept: { talk: Conversation; message: Message };

function writes(content: string) {
  const talk = world.begins();
  const { store } = world.chatwoot;
  const message = store.addMessage(talk, {
    type: 'incoming',
    content,
    private: false,
    sender: talk.contact,
  });
  // Events of the conversation, which carry it as messages[0].
  store.assign(talk, store.agents[0]!);
  return { talk, message };
}

beforeAll(async () => {
  world = await createComparisonWorld();
  taken = writes(SECRET);
  kept = writes(KEPT);
  await world.settled();
  const { services } = world;
  await endPending(services, () => 'dead');
  // The Agent service's answer quotes what it was sent.
  await services.db.pool.query(
    `INSERT INTO attempts (seq, number, run, kind, started_at, duration_ms, outcome, status, error, response, worker)
     SELECT seq, 1, 1, 'normal', now(), 5, 'http_5xx', 500, NULL, 'cannot read: ' || $1, 'test' FROM deliveries
     WHERE conversation_id = $2`,
    [SECRET, String(taken.talk.id)],
  );
  await services.db.pool.query(`ALTER TABLE dashboard_facts DISABLE TRIGGER USER`);
  await services.db.pool.query(
    `UPDATE dashboard_facts f SET value = f.value || jsonb_build_object('agentEndpoint', 'http://agent.example/hook',
       'payload', convert_from(e.body, 'UTF8')::jsonb)
     FROM webhook_events e WHERE e.seq = (f.metadata->>'seq')::bigint AND f.fact_type = 'support.webhook.dead_letter'`,
  );
  await services.db.pool.query(`ALTER TABLE dashboard_facts ENABLE TRIGGER USER`);
  app = await startApp({
    DATABASE_URL: services.databaseUrl,
    DATA_DIR: services.dataDir,
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: world.chatwoot.url,
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: world.chatwoot.apiToken,
  });
  await app.ready();
  cookie = await signInAs(app.url, services.databaseUrl, 'admin');
});
afterAll(async () => {
  await app?.kill('SIGTERM');
  await world?.close();
});

const pageOf = async (path: string) => {
  const answer = await fetchAs(cookie, `${app.url}${path}`);
  expect(answer.status).toBe(200);
  return answer.text();
};

/** Dead letters of a conversation, of which the received bytes have a text. */
async function carriers(talk: Conversation, text: string) {
  const { rows } = await world.services.db.pool.query<{ id: number; seq: number; event: string }>(
    `SELECT d.dead_fact_id AS id, d.seq, d.event FROM deliveries d JOIN webhook_events e USING (seq)
     WHERE d.state = 'dead' AND d.conversation_id = $1 AND convert_from(e.body, 'UTF8') LIKE $2 ORDER BY seq`,
    [String(talk.id), `%${text}%`],
  );
  expect(rows.map(({ event }) => event)).toEqual(
    expect.arrayContaining(['message_created', 'conversation_updated']),
  );
  return rows;
}

test('a message that was deleted in Chatwoot is on no page, whichever event carries its text; others are', async () => {
  const gone = await carriers(taken.talk, SECRET);
  // Before, it is shown: on Waiting, in the payload, in the command, in the answer.
  expect(await pageOf('/waiting')).toContain(SECRET);
  for (const { id } of gone) expect(await pageOf(`/dead-letters/${id}`)).toContain(SECRET);

  world.chatwoot.store.deleteMessage(taken.talk, taken.message);
  await world.settled();

  const waiting = await pageOf('/waiting');
  expect(waiting).not.toContain(SECRET);
  expect(waiting).toContain('[deleted in Chatwoot]');
  expect(waiting).toContain(KEPT);
  for (const { id } of gone) {
    const page = await pageOf(`/dead-letters/${id}`);
    expect(page).not.toContain(SECRET);
    expect(page).toContain('was deleted in Chatwoot since');
    expect(page).not.toContain('curl --include');
  }
  const { id: talkId } = taken.talk;
  for (const path of ['/', '/delivery', `/delivery?text=${talkId}`, `/search?q=${talkId}`, '/recovery'])
    expect(await pageOf(path), path).not.toContain(SECRET);
  for (const { id } of await carriers(kept.talk, KEPT)) {
    const page = await pageOf(`/dead-letters/${id}`);
    expect(page).toContain(KEPT);
    expect(page).toContain('curl --include');
  }

  // What is to be delivered is what was received.
  const { rows } = await world.services.db.pool.query<{ body: Buffer }>(
    'SELECT body FROM webhook_events WHERE seq = ANY($1::bigint[])',
    [gone.map(({ seq }) => seq)],
  );
  for (const { body } of rows) expect(body.toString()).toContain(SECRET);
});

test('the dead letter of the deletion itself is shown: its text is gone already', async () => {
  const { services } = world;
  const talk = world.begins();
  const message = world.says(talk);
  world.chatwoot.store.deleteMessage(talk, message);
  await world.settled();
  await endPending(services, () => 'dead');
  const { rows } = await services.db.pool.query<{ id: number }>(
    `SELECT dead_fact_id AS id FROM deliveries WHERE event = 'message_updated' AND message_id = $1`,
    [message.id],
  );
  const detail = await readDeadLetter(services, rows[0]!.id);
  expect(detail?.payload?.text).toContain('This message was deleted');
});

test('a change that can no longer be read may be a deletion; one that says something else is none', async () => {
  const { services } = world;
  const { talk, message } = writes('Please call me back');
  world.chatwoot.store.submit(talk, message, { size: 'L' });
  await world.settled();
  await endPending(services, () => 'dead');
  const [first] = await carriers(talk, 'Please call me back');
  const read = async () => (await readDeadLetter(services, first!.id))!;
  expect((await read()).payload?.text).toContain('Please call me back');
  expect(await pageOf('/waiting')).toContain('Please call me back');
  await services.db.pool.query(
    `UPDATE webhook_events SET body = '' WHERE seq IN (
       SELECT seq FROM deliveries WHERE event = 'message_updated' AND message_id = $1)`,
    [message.id],
  );
  expect(await read()).toMatchObject({ payload: null, missing: { reason: 'unknown' } });
  const waiting = await pageOf('/waiting');
  expect(waiting).not.toContain('Please call me back');
  expect(waiting).toContain('[changed in Chatwoot since]');
});
