import type { Services } from '../../../lib/services.server.ts';
import {
  isRetryable,
  outcomeOfError,
  outcomeOfStatus,
  parseRetryAfter,
} from '../../../lib/attempt-outcome.ts';
import { isLoopbackAddress } from '../../../lib/outbound-address.ts';
import { createOutboundFetch, type OutboundAnswer } from '../../../lib/outbound.server.ts';
import { hideSecrets } from '../hide-secrets.ts';
import type { SendAnswer } from '../retry-plan.ts';

/** For one try, ms. */
const TIMEOUT_MS = 8000;
/** Of an answer no more than this is looked at, bytes. */
const READ_BYTES = 4096;

export interface Post {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** The address was set in the app: only public ones are called. One of the environment is the operator's own. */
  guarded: boolean;
}

/** POSTs once. Redirects are not followed: whoever follows one with a POST may end at a page that answers 200 to anything. */
export async function postOnce(config: Services['config'], post: Post): Promise<OutboundAnswer> {
  const onlyHere = config.OUTBOUND_LOOPBACK_ONLY;
  const send = createOutboundFetch({
    allowPrivate: !onlyHere && (!post.guarded || config.OUTBOUND_ALLOW_PRIVATE),
    ...(onlyHere && { isAllowed: isLoopbackAddress }),
    timeoutMs: TIMEOUT_MS,
    maxBytes: READ_BYTES,
    redirects: 'none',
  });
  try {
    const answer = await send(post.url, { method: 'POST', headers: post.headers, body: post.body });
    if (!onlyHere || answer.outcome !== 'refused' || answer.reason !== 'private_address') return answer;
    return {
      ...answer,
      detail: 'OUTBOUND_LOOPBACK_ONLY is set, as in the demo: nothing leaves this machine.',
    };
  } finally {
    await send.close();
  }
}

const NETWORK_WORDS: Record<string, string> = {
  dns: 'Its name could not be resolved.',
  refused: 'It refused the connection.',
  tls: 'No secure connection to it.',
  reset: 'It broke the connection off.',
  timeout: 'It did not answer in time.',
};

/** What an answer means: 2xx is accepted; network errors, 408, 425, 429 and 5xx may pass; everything else would be the same again. */
export function judgeAnswer(answer: OutboundAnswer, secrets: readonly string[], now: Date): SendAnswer {
  if (answer.outcome === 'refused')
    return { outcome: 'refused', answer: hideSecrets(`Not called: ${answer.detail}`, secrets) };
  if (answer.outcome === 'failed')
    return {
      outcome: 'retry',
      answer: NETWORK_WORDS[outcomeOfError(answer.error)] ?? 'The connection failed.',
      retryAfterMs: null,
    };
  const said = hideSecrets(`${answer.status} ${answer.body.toString('utf8')}`, secrets);
  const outcome = outcomeOfStatus(answer.status);
  if (outcome === 'ok') return { outcome: 'accepted', answer: said };
  if (!isRetryable(outcome)) return { outcome: 'refused', answer: said };
  const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], now);
  return { outcome: 'retry', answer: said, retryAfterMs };
}
