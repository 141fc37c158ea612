import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { exampleMessageBody } from './examples.ts';

/**
 * Posts messages until it is told to stop; keeps what was answered 200, by the hash of its bytes.
 * @param pauseMs after each answer
 */
export function startLoad(url: string, pauseMs = 0) {
  const acknowledged = new Map<string, number>();
  const answers = new Map<number, number>();
  let stopped = false;
  let next = 0;
  async function client() {
    while (!stopped) {
      const message = ++next;
      const body = exampleMessageBody({ conversationId: message % 25, messageId: message });
      try {
        const response = await fetch(`${url}/api/webhooks/chatwoot`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'X-Chatwoot-Delivery': `delivery-${message}` },
          body,
        });
        answers.set(response.status, (answers.get(response.status) ?? 0) + 1);
        if (response.status === 200)
          acknowledged.set(createHash('sha256').update(body).digest('hex'), message);
      } catch {
        // The app is being killed: Chatwoot would have lost this one too, it was never acknowledged.
        await delay(20);
      }
      if (pauseMs > 0) await delay(pauseMs);
    }
  }
  const clients = Array.from({ length: 6 }, client);
  return {
    acknowledged,
    answers,
    async stop() {
      stopped = true;
      await Promise.all(clients);
    },
  };
}
