import type { Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { pick, type Random } from '../../app/sandbox/random.ts';
import type { Conversation } from '../../app/sandbox/chatwoot/records.ts';

/** A customer's message as Chatwoot has it. */
export interface Written {
  id: number;
  conversationId: number;
  /** Unix ms. */
  at: number;
}

export interface Customers {
  /** Everything that was written, in order: the ledger that the app does not see. */
  written: readonly Written[];
  stop(): void;
}

/** One message in so many is of somebody new. */
const NEW_SHARE = 0.25;
/** Of somebody who has just written and goes on. */
const BURST_SHARE = 0.3;
/** So many of those who wrote last may write again. */
const ACTIVE = 120;

/** Customers write, so many messages a second, in many conversations and often several at once. */
export function startCustomers(
  { store }: Chatwoot,
  { perSecond, random }: { perSecond: number; random: Random },
): Customers {
  const written: Written[] = [];
  let active: Conversation[] = [];
  const writes = () => {
    const share = random();
    const last = active.at(-1);
    let conversation = last;
    if (!conversation || share < NEW_SHARE) conversation = store.startConversation();
    else if (share > NEW_SHARE + BURST_SHARE) conversation = pick(random, active);
    active = [...active.filter((other) => other !== conversation), conversation].slice(-ACTIVE);
    const message = store.addMessage(conversation, {
      type: 'incoming',
      content: `Message ${written.length + 1}`,
      private: false,
      sender: conversation.contact,
    });
    written.push({ id: message.id, conversationId: conversation.id, at: Date.now() });
  };
  const timer = setInterval(writes, 1000 / perSecond);
  return { written, stop: () => clearInterval(timer) };
}
