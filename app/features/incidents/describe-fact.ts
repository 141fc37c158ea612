import type { TimelineLine } from './incident-view.ts';

/** A fact that another feature recorded. */
export interface ToldFact {
  type: string;
  value: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

const word = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const counted = (value: unknown, noun: string) => `${word(value) || 'some'} ${noun}${value === 1 ? '' : 's'}`;

/** A fact as a line of an incident's timeline. */
export function describeFact({
  type,
  value,
  metadata,
}: ToldFact): Pick<TimelineLine, 'source' | 'text' | 'actor'> {
  const actor = word(metadata.actor) || null;
  const why = word(value.reason) || word(metadata.reason);
  const because = why ? `: ${why}` : '';
  switch (type) {
    case 'support.breaker.opened':
      return { source: 'system', actor, text: `Deliveries are held, the Agent service fails${because}` };
    case 'support.breaker.closed':
      return { source: 'system', actor, text: 'The Agent service answers again: what was held is sent' };
    case 'support.spool.used':
      return {
        source: 'system',
        actor,
        text: 'Webhooks go to the spool file: the database does not take them in time',
      };
    case 'support.spool.imported':
      return {
        source: 'system',
        actor,
        text: `${counted(value.count, 'webhook')} brought from the spool file into the database`,
      };
    default: {
      const replay = `Replay ${word(value.replayId)}`;
      const action = word(value.action);
      const of = action === 'created' ? ` of ${counted(value.count, 'dead letter')} started` : ` ${action}`;
      return { source: 'replay', actor, text: `${replay}${of}${because}` };
    }
  }
}
