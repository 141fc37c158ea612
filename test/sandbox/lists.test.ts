import { afterEach, expect, test } from 'vitest';
import { call, simulate, type Simulated } from './simulated.ts';

let simulated: Simulated | undefined;
afterEach(() => simulated?.stop());

interface Page {
  data: { meta: { all_count: number }; payload: { id: number }[] };
}

async function withConversations(count: number) {
  simulated = await simulate();
  const { chatwoot } = simulated;
  for (let made = 0; made < count; made++) {
    const conversation = chatwoot.store.startConversation();
    chatwoot.store.addMessage(conversation, {
      type: 'incoming',
      content: `n${made}`,
      private: false,
      sender: conversation.contact,
    });
  }
  const page = async (number: number) => {
    const answer = await call(chatwoot, 'GET', `/conversations?status=all&page=${number}`);
    return { status: answer.status, ...(answer.body as Page) };
  };
  return { chatwoot, page };
}

test('the size of a page is a setting; all_count tells how many there are', async () => {
  const { chatwoot, page } = await withConversations(30);
  expect((await page(1)).data.payload).toHaveLength(25);
  chatwoot.setLists({ pageSize: 7 });
  expect((await page(5)).data.payload).toHaveLength(2);
  expect((await page(6)).data).toMatchObject({ payload: [], meta: { all_count: 30 } });
});

test('pages shift while somebody reads them', async () => {
  const { chatwoot, page } = await withConversations(6);
  const oldest = [...chatwoot.store.conversations.values()][0]!;
  chatwoot.setLists({
    pageSize: 3,
    beforePage: (number) => {
      if (number === 2)
        chatwoot.store.addMessage(oldest, {
          type: 'incoming',
          content: 'me again',
          private: false,
          sender: oldest.contact,
        });
    },
  });
  const seen = [...(await page(1)).data.payload, ...(await page(2)).data.payload].map(({ id }) => id);
  expect(seen).not.toContain(oldest.id);
  expect(new Set(seen).size).toBe(5);
});

test('a page, and a conversation with its page, may answer 500 while the rest is fine', async () => {
  const { chatwoot, page } = await withConversations(6);
  chatwoot.setLists({ pageSize: 2, brokenPages: new Set([2]) });
  expect([(await page(1)).status, (await page(2)).status, (await page(3)).status]).toEqual([200, 500, 200]);
  const [broken] = (await page(3)).data.payload;
  chatwoot.setLists({ pageSize: 2, brokenConversations: new Set([broken!.id]) });
  expect([(await page(2)).status, (await page(3)).status]).toEqual([200, 500]);
  expect((await call(chatwoot, 'GET', `/conversations/${broken!.id}/messages`)).status).toBe(500);
});

test('updated_within has no limit and takes its time', async () => {
  const { chatwoot, page } = await withConversations(40);
  chatwoot.setLists({ msPerConversation: 10 });
  const timed = async (work: () => Promise<unknown>) => {
    const before = performance.now();
    await work();
    return performance.now() - before;
  };
  const within = () => call(chatwoot, 'GET', '/conversations?status=all&updated_within=900');
  expect(await timed(() => page(2))).toBeLessThan(await timed(within));
  expect(await timed(within)).toBeGreaterThanOrEqual(390);
});
