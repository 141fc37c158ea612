import { numberText } from '../../../lib/words.ts';

/** How many subscribers there are. */
export interface SubscriberCounts {
  mails: number;
  hooks: number;
  /** Signed up, and did not confirm yet. */
  unconfirmed: number;
  bounced: number;
}

/** How far an update is on its way to the subscribers; dates are ISO texts. */
export interface Mailing {
  id: number;
  updateId: number;
  title: string;
  /** What they are told that it is. */
  state: string;
  createdAt: string;
  cancelledBy: string | null;
  total: number;
  waiting: number;
  onTheWay: number;
  told: number;
  failed: number;
  /** Not told, because a newer update took its place. */
  superseded: number;
  cancelled: number;
}

/** An address that takes nothing, and what was said there. */
export interface BouncedSubscriber {
  id: number;
  address: string;
  at: string;
  answer: string;
}

/** What became of a mailing so far, a part each. */
export const figuresOfMailing = (mailing: Mailing): string[] => [
  `${numberText(mailing.told)} of ${numberText(mailing.total)} told`,
  ...(mailing.waiting > 0 ? [`${numberText(mailing.waiting)} waiting`] : []),
  ...(mailing.onTheWay > 0 ? [`${numberText(mailing.onTheWay)} on the way`] : []),
  ...(mailing.failed > 0 ? [`${numberText(mailing.failed)} not taken`] : []),
  ...(mailing.superseded > 0 ? [`${numberText(mailing.superseded)} told of a newer update instead`] : []),
  ...(mailing.cancelled > 0 ? [`${numberText(mailing.cancelled)} cancelled`] : []),
];
