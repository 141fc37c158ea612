import { failureWords, type ChatwootFailure } from '../../../lib/chatwoot/answer.ts';

export const NOT_CONNECTED = { outcome: 'failed', result: 'Chatwoot is not connected to this app.' } as const;

/** A refusal needs a person; silence and haste may pass. @param meanwhile what is so until then */
export function resultOf(
  failure: ChatwootFailure,
  meanwhile: string,
): { outcome: 'retry' | 'failed'; result: string } {
  const passes = failure.outcome === 'unreachable' || failure.outcome === 'throttled';
  return { outcome: passes ? 'retry' : 'failed', result: `${failureWords(failure)}. ${meanwhile}.` };
}
