import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { exampleMessageBody } from '../support/examples.ts';
import type { FaultWorld } from './fault-world.ts';

export interface Sent {
  hash: string;
  conversation: number;
}

/** What the sender knows, and nobody else is asked. */
interface Sender {
  /** Answered 200, in the order in which they were written. */
  acknowledged: Sent[];
  /** Answers of the app that were no 200, by status. */
  refused: number[];
  stop(): Promise<void>;
}

const CONVERSATIONS = 6;
/** Chatwoot waits so long for an answer, posts each webhook once, and never again, ms. */
const PATIENCE_MS = 5000;

/** All that was ever written: no two events are alike. */
let written = 0;

/** Posts messages and changes of a few conversations, each event after the one before it was answered, by turns to both webs. */
export function startSender({ links }: FaultWorld, pauseMs: number): Sender {
  const acknowledged: Sent[] = [];
  const refused: number[] = [];
  let stopped = false;
  async function tell(conversation: number) {
    while (!stopped) {
      const n = ++written;
      const at = 1_790_064_905_000 + n * 1000;
      const body =
        conversation % 2 === 0
          ? exampleMessageBody({ conversationId: conversation, messageId: n, at })
          : JSON.stringify({
              event: 'conversation_updated',
              ...{ id: conversation, account: { id: 2 }, updated_at: at / 1000, changed_attributes: [] },
            });
      const answer = await fetch(new URL('/api/webhooks/chatwoot', links.webs[n % 2]!.url), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
        signal: AbortSignal.timeout(PATIENCE_MS),
      }).catch(() => null);
      await answer?.text().catch(() => undefined);
      if (answer?.status === 200)
        acknowledged.push({ hash: createHash('sha256').update(body).digest('hex'), conversation });
      else if (answer) refused.push(answer.status);
      await delay(pauseMs);
    }
  }
  const telling = Array.from({ length: CONVERSATIONS }, (_, i) => tell(700 + i));
  return {
    ...{ acknowledged, refused },
    async stop() {
      stopped = true;
      await Promise.all(telling);
    },
  };
}
