import { Pool } from 'undici';
import { bodyOf } from '../body.ts';
import { answerCalls } from './calls.ts';

/** What HTTP alone would allow: a loop that POSTs bodies it holds in memory and keeps nothing of them. */
answerCalls({
  async run({
    agentUrl,
    connections,
    count,
    conversations,
  }: {
    agentUrl: string;
    connections: number;
    count: number;
    conversations: number;
  }) {
    const pool = new Pool(agentUrl, { connections, pipelining: 1 });
    const bodies = Array.from({ length: count }, (_, i) => Buffer.from(bodyOf(i, i % conversations)));
    const started = performance.now();
    let next = 0;
    await Promise.all(
      Array.from({ length: connections }, async () => {
        while (next < count) {
          const body = bodies[next]!;
          next += 1;
          const answer = await pool.request({
            method: 'POST',
            path: '/webhooks/chatwoot',
            headers: { 'content-type': 'application/json', 'x-forwarded-from': 'hotdash-app' },
            body,
          });
          await answer.body.text();
        }
      }),
    );
    const ms = performance.now() - started;
    await pool.destroy();
    return ms;
  },
});
