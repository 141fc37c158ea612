import type { FactMetadata, FactType, FactValue, StoredFact } from '../facts/fact-types.ts';
import { filterToParams } from '../delivery/dead-letters/selection.ts';
import { failureText, LINKS } from './overview-words.ts';
import type { RecentEvent } from './overview-view.ts';
import { countText } from '../../lib/words.ts';

/** Types of which many come at once: told together. */
export const FOLDED_TYPES = [
  'support.webhook.dead_letter',
  'support.webhook.retry',
  'support.webhook.discard',
  'support.webhook.restore',
] as const satisfies FactType[];

/** Types that are told one by one. */
export const SINGLE_TYPES = [
  'support.breaker.opened',
  'support.breaker.closed',
  'support.spool.used',
  'support.spool.imported',
  'support.webhook.replay',
  'support.fallback.on',
  'support.fallback.off',
] as const satisfies FactType[];

/** Facts of one kind about the same thing, less than 5 minutes apart, as one event. */
export interface FoldedFacts {
  /** The newest one's. */
  id: number;
  factType: (typeof FOLDED_TYPES)[number];
  /** Dead letters: their cause, `<errorClass>|<status or ->|<event>`. Discards and restores: who did it. */
  about: string;
  count: number;
  /** There may be more: the oldest that were looked at are among them. */
  isMinimum: boolean;
  first: Date;
  last: Date;
  /** Number of the dead letter, when it is about one. */
  deadLetter: number | null;
}

/** One fact by itself. */
export type SingleFact = StoredFact<(typeof SINGLE_TYPES)[number]> & {
  id: number;
  at: Date;
};

type Told = Pick<RecentEvent, 'tone' | 'text' | 'link'>;

/** Tells of facts that are many at once. */
export function tellFolded(facts: FoldedFacts): RecentEvent {
  const { id, first, last, count } = facts;
  return {
    id,
    at: last.toISOString(),
    ...(count > 1 && { from: first.toISOString() }),
    ...foldedText(facts),
  };
}

function foldedText({ factType, about, count, isMinimum, deadLetter }: FoldedFacts): Told {
  const atLeast = isMinimum ? 'At least ' : '';
  const one = deadLetter === null ? LINKS.deadLetters : `/dead-letters/${deadLetter}`;
  switch (factType) {
    case 'support.webhook.dead_letter': {
      const [errorClass = '', status = '-', event = ''] = about.split('|');
      const noun = event.startsWith('message_') ? 'message' : 'webhook';
      const why = failureText(errorClass || null, status === '-' ? null : Number(status));
      return {
        tone: 'warning',
        text: `${atLeast}${countText(count, noun)} could not be delivered${why ? ` (${why})` : ''}`,
        link: count === 1 ? one : `/delivery?${filterToParams({ cause: about }).toString()}#dead-letters`,
      };
    }
    case 'support.webhook.retry':
      return { tone: 'good', text: `${atLeast}${countText(count, 'webhook')} delivered after a retry` };
    case 'support.webhook.discard':
      return {
        tone: 'info',
        text: `${about} discarded ${atLeast.toLowerCase()}${countText(count, 'dead letter')}`,
        link: one,
      };
    case 'support.webhook.restore':
      return {
        tone: 'info',
        text: `${about} restored ${atLeast.toLowerCase()}${countText(count, 'dead letter')}`,
        link: one,
      };
  }
}

/** Tells of a fact that stands for itself. */
export function tellSingle(fact: SingleFact): RecentEvent {
  return { id: fact.id, at: fact.at.toISOString(), ...singleText(fact) };
}

function singleText(fact: SingleFact): Told {
  switch (fact.type) {
    case 'support.breaker.opened': {
      const why = fact.value.reason ? `: ${fact.value.reason}` : '';
      return {
        tone: 'critical',
        text: `Deliveries are held: the Agent service is failing${why}`,
        link: LINKS.charts,
      };
    }
    case 'support.breaker.closed':
      return { tone: 'good', text: 'The Agent service answers again', link: LINKS.charts };
    case 'support.spool.used':
      return {
        tone: 'warning',
        text: 'Webhooks went to the spool file: the database did not take them in time',
      };
    case 'support.spool.imported':
      return {
        tone: 'good',
        text: `${countText(fact.value.count, 'webhook')} from the spool file brought into the database`,
      };
    case 'support.fallback.on':
      return {
        tone: 'warning',
        text: `Fallback mode on by ${fact.metadata.actor}: ${fact.metadata.reason}`,
        link: LINKS.fallback,
      };
    case 'support.fallback.off': {
      const { skipped } = fact.value;
      const left = skipped > 0 ? `; ${countText(skipped, 'message')} left out, a person had answered` : '';
      return {
        tone: 'good',
        text: `Fallback mode off by ${fact.metadata.actor}${left}`,
        link: LINKS.fallback,
      };
    }
    case 'support.webhook.replay':
      return replayText(fact.value, fact.metadata);
  }
}

function replayText(
  { replayId, action, count }: FactValue<'support.webhook.replay'>,
  { actor, reason }: FactMetadata<'support.webhook.replay'>,
): Told {
  const replay = `Replay ${replayId}`;
  const by = ` by ${actor}`;
  const link = LINKS.replays;
  switch (action) {
    case 'created':
      return { tone: 'info', text: `${replay} of ${countText(count, 'dead letter')} started${by}`, link };
    case 'done':
      return { tone: 'good', text: `${replay} is done`, link };
    case 'stopped':
      return { tone: 'critical', text: `${replay} stopped by itself${reason ? `: ${reason}` : ''}`, link };
    case 'paused':
    case 'resumed':
    case 'cancelled':
      return { tone: 'info', text: `${replay} ${action}${by}`, link };
  }
}
