import type { AttemptResult } from './claimed-delivery.ts';
import { storableText } from '../../lib/storable.ts';

const IN_WORDS: Partial<Record<AttemptResult['outcome'], string>> = {
  dns: 'The name of the Agent service could not be resolved',
  refused: 'The Agent service refused the connection',
  tls: 'No secure connection to the Agent service',
  reset: 'The Agent service broke the connection off',
  timeout: 'The Agent service did not answer in time',
  interrupted: 'A worker stopped before it recorded a result',
};

/** The last error of a delivery, in words first and the code after; never the answer's body. */
export function describeError({
  outcome,
  status,
  error,
}: Pick<AttemptResult, 'outcome' | 'status' | 'error'>): string {
  if (status !== null) return `The Agent service answered HTTP ${status}`;
  const words = IN_WORDS[outcome] ?? 'The attempt failed';
  return error ? `${words} (${storableText(error)})` : words;
}
