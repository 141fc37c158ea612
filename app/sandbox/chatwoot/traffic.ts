import type { ChatwootStore } from './store/store.ts';
import { inventFollowUp, inventQuestion, inventReply } from './invented-customers.ts';
import { pick, type Random } from '../random.ts';
import type { Conversation } from './records.ts';

/** How the shop's day goes, per message of a customer. */
const FOLLOW_UP_SHARE = 0.35;
const GREETING_SHARE = 0.3;
const REPLY_SHARE = 0.85;
/** With more customers waiting than that, the team answers faster than they write. */
const BUSY_WAITING = 25;
/** One in so many questions is hard: it is answered only when its half hour is nearly over. */
const HARD_ONE_IN = 40;
const HARD_WAIT_MS = 26 * 60_000;
const RESOLVE_SHARE = 0.4;

export interface TrafficOptions {
  store: ChatwootStore;
  random: Random;
  /** Whether Chatwoot is up: nobody can write to one that is down. */
  running: () => boolean;
}

export interface Traffic {
  /** `count` customers write, some get a person's answer; 3 to 5 webhooks a message and those of the answers. */
  emit(count: number): void;
  /** @param perMinute how many customers' messages a minute while started; 0 pauses */
  setPace(perMinute: number): void;
  pace(): number;
  start(): void;
  stop(): void;
  started(): boolean;
}

export function createTraffic({ store, random, running }: TrafficOptions): Traffic {
  let perMinute = 40;
  let timer: NodeJS.Timeout | undefined;
  let isStarted = false;

  /** In the widget: the inboxes of programs have customers of their own. */
  const open = (matches: (conversation: Conversation) => boolean) =>
    [...store.conversations.values()].filter(
      (conversation) => conversation.status === 'open' && !conversation.inbox && matches(conversation),
    );

  /** A customer who got an answer writes again, or a new one begins. Returns whom it was about. */
  function customerWrites() {
    const answered = open((conversation) => conversation.waitingSince === null).slice(-60);
    const isFollowUp = answered.length > 0 && random() < FOLLOW_UP_SHARE;
    const conversation = isFollowUp ? pick(random, answered) : store.startConversation();
    store.addMessage(conversation, {
      type: 'incoming',
      content: isFollowUp ? inventFollowUp(random) : inventQuestion(random),
      private: false,
      sender: conversation.contact,
    });
    if (!isFollowUp && random() < GREETING_SHARE) {
      store.addMessage(conversation, {
        type: 'template',
        content: 'Thanks for writing! We usually answer within half an hour.',
        private: false,
        sender: null,
      });
    }
  }

  /** A person answers the one who waited longest, and closes what is done. @returns how many waited before */
  function personAnswers() {
    const waiting = open((conversation) => conversation.waitingSince !== null);
    const conversation = waiting.find(
      ({ id, waitingSince }) => id % HARD_ONE_IN > 0 || Date.now() - waitingSince! > HARD_WAIT_MS,
    );
    if (!conversation || waiting.length < 4) return waiting.length;
    const online = store.agents.filter(({ availability = 'online' }) => availability === 'online');
    if (online.length === 0) return 0;
    const agent = pick(random, online);
    if (conversation.assignee === null) store.assign(conversation, agent);
    store.addMessage(conversation, {
      type: 'outgoing',
      content: inventReply(random),
      private: false,
      sender: agent,
    });
    if (random() < RESOLVE_SHARE) store.setStatus(conversation, 'resolved');
    return waiting.length;
  }

  function step() {
    customerWrites();
    const waiting = random() < REPLY_SHARE ? personAnswers() : 0;
    if (waiting > BUSY_WAITING) personAnswers();
  }

  function schedule() {
    clearTimeout(timer);
    if (!isStarted || perMinute === 0) return;
    const evenly = 60_000 / perMinute;
    timer = setTimeout(
      () => {
        if (running()) step();
        schedule();
      },
      evenly * (0.6 + 0.8 * random()),
    );
  }

  return {
    emit(count) {
      for (let done = 0; done < count; done++) step();
    },
    setPace(value) {
      perMinute = value;
      schedule();
    },
    pace: () => perMinute,
    start() {
      isStarted = true;
      schedule();
    },
    stop() {
      isStarted = false;
      clearTimeout(timer);
    },
    started: () => isStarted,
  };
}
