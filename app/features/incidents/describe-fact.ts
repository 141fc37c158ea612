import type { FactType, FactValue, StoredFact } from '../facts/fact-types.ts';
import type { TimelineLine } from './incident-view.ts';

/** Types of facts that other features record and an incident's timeline tells of. */
export const TOLD_TYPES = [
  'support.webhook.replay',
  'support.breaker.opened',
  'support.breaker.closed',
  'support.spool.used',
  'support.spool.imported',
] as const satisfies FactType[];

export type ToldFact = StoredFact<(typeof TOLD_TYPES)[number]>;

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** A fact as a line of an incident's timeline. */
export function describeFact(fact: ToldFact): Pick<TimelineLine, 'source' | 'text' | 'actor'> {
  switch (fact.type) {
    case 'support.breaker.opened': {
      const because = fact.value.reason ? `: ${fact.value.reason}` : '';
      return bySystem(`Deliveries are held, the Agent service fails${because}`);
    }
    case 'support.breaker.closed':
      return bySystem('The Agent service answers again: what was held is sent');
    case 'support.spool.used':
      return bySystem('Webhooks go to the spool file: the database does not take them in time');
    case 'support.spool.imported':
      return bySystem(
        `${counted(fact.value.count, 'webhook')} brought from the spool file into the database`,
      );
    case 'support.webhook.replay': {
      const { actor, reason } = fact.metadata;
      return { source: 'replay', actor, text: `${replayWords(fact.value)}${reason ? `: ${reason}` : ''}` };
    }
  }
}

const bySystem = (text: string) => ({ source: 'system' as const, actor: null, text });

function replayWords({ replayId, action, count }: FactValue<'support.webhook.replay'>): string {
  return action === 'created'
    ? `Replay ${replayId} of ${counted(count, 'dead letter')} started`
    : `Replay ${replayId} ${action}`;
}
