import { afterEach, beforeEach, expect, test } from 'vitest';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { type Hours, outOfOfficeReply } from '../../app/sandbox/chatwoot/api/shapes/inbox.ts';
import type { Conversation } from '../../app/sandbox/chatwoot/records.ts';

let chatwoot: Chatwoot;
beforeEach(async () => {
  chatwoot = await startChatwoot();
});
afterEach(() => chatwoot.stop());

const patch = async (body: object) => {
  const answer = await fetch(`${chatwoot.url}/api/v1/accounts/2/inboxes/5`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json', api_access_token: chatwoot.apiToken },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const day = (day_of_week: number, fields: object) => ({
  day_of_week,
  closed_all_day: false,
  open_all_day: false,
  open_hour: 9,
  open_minutes: 0,
  close_hour: 17,
  close_minutes: 0,
  ...fields,
});
const week = (fields: object) => Array.from({ length: 7 }, (_, index) => day(index, fields));
const write = (conversation: Conversation) =>
  chatwoot.store.addMessage(conversation, {
    type: 'incoming',
    content: 'Hello?',
    private: false,
    sender: conversation.contact,
  });
const templates = ({ messages }: Conversation) =>
  messages.filter(({ type }) => type === 'template').map(({ content }) => content);

test('outside the hours a customer gets the message, once a day, and not while a person answers', async () => {
  const quiet = chatwoot.store.startConversation();
  write(quiet);
  expect(templates(quiet)).toEqual([]);
  const closed = { out_of_office_message: 'We are away.', working_hours: week({ closed_all_day: true }) };
  await patch({ working_hours_enabled: true, ...closed });
  write(quiet);
  write(quiet);
  expect(templates(quiet)).toEqual(['We are away.']);
  const served = chatwoot.store.startConversation();
  const [grace] = chatwoot.store.agents;
  chatwoot.store.addMessage(served, { type: 'outgoing', content: 'Hi', private: false, sender: grace! });
  write(served);
  expect(templates(served)).toEqual([]);
  await patch({ working_hours_enabled: false });
  const later = chatwoot.store.startConversation();
  write(later);
  expect(templates(later)).toEqual([]);
});

test('hours that cannot be are refused as Chatwoot refuses them', async () => {
  expect(
    await patch({ working_hours: [day(1, { closed_all_day: true, open_all_day: true })] }),
  ).toMatchObject({
    status: 422,
  });
  expect(await patch({ working_hours: [day(1, { open_hour: 18 })] })).toMatchObject({ status: 422 });
  const nothing = { open_hour: null, open_minutes: null, close_hour: null, close_minutes: null };
  expect(await patch({ working_hours: week({ ...nothing, closed_all_day: true }) })).toMatchObject({
    status: 200,
  });
});

test.each([
  ['2026-09-22T08:59:00Z', 'UTC', 'away'],
  ['2026-09-22T09:00:00Z', 'UTC', null],
  ['2026-09-22T16:59:00Z', 'UTC', null],
  ['2026-09-22T17:00:00Z', 'UTC', 'away'],
  ['2026-09-22T17:00:00Z', 'America/New_York', null],
  // Already Wednesday there, and Wednesday is closed.
  ['2026-09-22T23:30:00Z', 'Asia/Tokyo', 'away'],
])('at %s in %s: %s', (at, timezone, reply) => {
  const working_hours = week({}).map((one) =>
    one.day_of_week === 3 ? { ...one, closed_all_day: true } : one,
  );
  const hours: Hours = {
    working_hours_enabled: true,
    out_of_office_message: 'away',
    timezone,
    working_hours,
  };
  const conversation = { messages: [] as Conversation['messages'] } as Conversation;
  expect(outOfOfficeReply(hours, conversation, Date.parse(at))).toBe(reply);
});
