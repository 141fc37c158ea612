import { countText } from '../../lib/words.ts';
import type { RejectionReason } from '../intake/intake.ts';
import type {
  BreakerFigures,
  BucketCounts,
  DeadLetterFigures,
  OverviewFigures,
  UndeliveredFigures,
} from './figures.ts';

/**
 * What is not with the Agent service yet: "37 messages for the Agent service", else "12 webhooks for the Agent service". Whose
 * they are is another number than who waits for an answer (waiting-view.ts): a person may have answered some of them.
 */
export function heldText({ pending, messages, isMinimum }: UndeliveredFigures): string {
  const what =
    messages === 0
      ? countText(pending, 'webhook')
      : `${isMinimum ? 'at least ' : ''}${countText(messages, 'message')}`;
  return `${what} for the Agent service`;
}

/**
 * "are held safely; none is lost", after what is held. That nothing is lost is said only while the ledger balances.
 * @param how more about it, for one and for several
 */
export function heldSafely(
  { backlog, ledger }: OverviewFigures,
  how: { one: string; several: string } = NO_MORE,
): string {
  const one = (backlog.messages === 0 ? backlog.pending : backlog.messages) === 1 && !backlog.isMinimum;
  const lost = ledger.balanced ? `; ${one ? 'it is not' : 'none is'} lost` : '';
  return `${one ? `is held safely${how.one}` : `are held safely${how.several}`}${lost}`;
}

const NO_MORE = { one: '', several: '' };
/** What is held goes out by itself. */
export const IN_ORDER = { one: ' and goes out by itself', several: ' and go out in order' };

/** Dead letters in customers' terms: "12 messages from 8 customers", else "12 webhooks". */
export function deadLettersText({ open, messages, customers }: DeadLetterFigures): string {
  if (!messages || messages !== open) return countText(open, 'webhook');
  return customers
    ? `${countText(messages, 'message')} from ${countText(customers, 'customer')}`
    : countText(messages, 'message');
}

/** A sentence's first letter. */
export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What was fetched from Chatwoot and waits for somebody's word. */
export const withheldSentence = (n: number): string =>
  `${countText(n, 'message')} found in Chatwoot ${n === 1 ? 'is no longer news and was' : 'are no longer news and were'} not sent: somebody has to say whether ${n === 1 ? 'it is' : 'they are'} to go out.`;

/** Error classes of attempts in words for people; status codes are added where there is one. */
const OUTCOMES: Record<string, string> = {
  dns: 'its name was not found',
  refused: 'the connection was refused',
  tls: 'its certificate was not accepted',
  reset: 'the connection broke',
  timeout: 'no answer in time',
};

/** Why an attempt failed: "HTTP 503", "no answer in time"; null when that was not recorded. */
export function failureText(outcome: string | null, status: number | null): string | null {
  if (status !== null) return `HTTP ${status}`;
  return outcome === null ? null : (OUTCOMES[outcome] ?? outcome.replaceAll('_', ' '));
}

/** What is wrong with the Agent service while the breaker is not closed, after "The Agent service …". */
export function agentTroubleText({ lastFailure }: BreakerFigures): string {
  return (lastFailure?.status ?? null) === null ? 'has not answered' : 'has answered with errors';
}

/** What came of the last attempt that failed, for whoever repairs it: "HTTP 503". */
export function lastAnswer({ lastFailure }: BreakerFigures): { detail?: string } {
  const detail = failureText(lastFailure?.outcome ?? null, lastFailure?.status ?? null);
  return detail === null ? {} : { detail };
}

/** Where things are on the page. */
export const LINKS = {
  charts: '/delivery?range=1h#charts',
  deadLetters: '/delivery#dead-letters',
  ledger: '/delivery#ledger',
  events: '/delivery#events',
  replays: '/delivery#replays',
  setup: '/#setup',
  fallback: '/fallback',
  waiting: '/waiting#now',
  proof: '/health#proof',
} as const;

/** Which of the last minutes had answers that came too late, and how many: `14:02 (3), 14:05 (1) UTC`; empty when none. */
export function lateMinutes(hour: readonly BucketCounts[], minutes: number): string {
  const late = hour.slice(-minutes).filter(({ late: n }) => n > 0);
  return late.length === 0
    ? ''
    : `${late.map(({ at, late: n }) => `${at.toISOString().slice(11, 16)} (${n})`).join(', ')} UTC`;
}

export const OPEN_ENDPOINT_CURE =
  'Run "npm run ops:connect-chatwoot", remove CHATWOOT_WEBHOOK_ALLOW_UNSIGNED and restart, so that only Chatwoot can post here.';

export const CONNECT_CURE =
  'Run "npm run ops:connect-chatwoot" on the machine of this app: it registers the webhook and keeps its secret.';

export const UNREADABLE_SECRETS_CURE =
  'See that the database answers and that DATA_ENCRYPTION_KEYS and CHATWOOT_API_TOKEN are those of the other processes; else run "npm run ops:connect-chatwoot" again. What is refused meanwhile is found again by comparing with Chatwoot.';

export const LATE_CURE =
  'Nothing has to be sent again. Find out what is slow: the database, the disk under DATA_DIR, this machine, or a proxy before it that hangs up early. If Chatwoot waits longer than 5 s (its WEBHOOK_TIMEOUT), set CHATWOOT_SENDER_TIMEOUT to the same.';

export const QUARANTINE_CURE =
  'Each is a file in spool/quarantine under DATA_DIR of the machine whose log says why. A .spool file moved up into spool is tried again within 5 seconds: do that when the cause is gone, mostly with a newer version of this app. A .damaged file is what the disk left of webhooks: "npm run ops:reconcile -- --since …" fetches the messages that were in it from Chatwoot. Delete a file only to give it up.';

export const WITHHELD_CURE = 'Look at them, and send them to the Agent service or leave them for good.';
export const WITHHELD_LINK = { to: '/waiting#withheld', label: 'Decide on them' };

const SECRETS_DIFFER =
  'Run "npm run ops:connect-chatwoot": it takes over the secrets that Chatwoot has for its webhooks to us.';
const NOT_CHATWOOT = 'This is not what Chatwoot sends: find out who posts here.';
const TOKEN_DIFFERS =
  'Compare the ?token= of the webhook address in Chatwoot with CHATWOOT_WEBHOOK_TOKEN, or run "npm run ops:connect-chatwoot".';

/** `registers`: registering the webhook again gives both sides the same secret or token. */
const REASONS: Record<RejectionReason, { words: string; cure: string; registers?: true }> = {
  method_not_allowed: { words: 'not a POST', cure: NOT_CHATWOOT },
  unsupported_media_type: { words: 'not JSON by its type', cure: NOT_CHATWOOT },
  too_large: { words: 'too large', cure: 'Raise WEBHOOK_MAX_BODY_BYTES if such webhooks are to be taken.' },
  busy: {
    words: 'too much at once',
    cure: 'Put a rate limit before this app if strangers post here, or run a second web process. What Chatwoot sent meanwhile is found again by comparing.',
  },
  missing_signature: {
    words: 'not signed',
    cure: 'Chatwoot before 4.12 cannot sign: "npm run ops:connect-chatwoot" puts a token into its address instead. Automation rules cannot either: put ?token= and CHATWOOT_WEBHOOK_TOKEN there.',
    registers: true,
  },
  bad_signature: { words: 'wrong signature', cure: SECRETS_DIFFER, registers: true },
  stale_signature: {
    words: 'signed too long ago',
    cure: 'Compare the clocks of this machine and of Chatwoot, and see CHATWOOT_WEBHOOK_TOLERANCE_SECONDS.',
  },
  missing_token: { words: 'no token', cure: TOKEN_DIFFERS, registers: true },
  bad_token: { words: 'wrong token', cure: TOKEN_DIFFERS, registers: true },
  too_many_tokens: { words: 'too many wrong tokens', cure: TOKEN_DIFFERS },
  not_connected: { words: 'not connected yet', cure: CONNECT_CURE, registers: true },
  secrets_unreadable: { words: 'secrets cannot be read', cure: UNREADABLE_SECRETS_CURE, registers: true },
  malformed_json: { words: 'not JSON', cure: NOT_CHATWOOT },
  not_utf8: { words: 'not UTF-8', cure: NOT_CHATWOOT },
  not_an_object: { words: 'not a JSON object', cure: NOT_CHATWOOT },
  too_deep: { words: 'nested too deep', cure: NOT_CHATWOOT },
};

/** What to do when webhooks are refused for this reason; a reason of a newer version is shown as it is named. */
export function cureOfRejection(reason: string): string {
  return known(reason)?.cure ?? 'See the log for the reason.';
}

/** Whether registering our webhook in Chatwoot again is the cure. */
export const registersAgain = (reason: string): boolean => known(reason)?.registers === true;

/** A reason in words: `bad_signature` → "wrong signature". */
export function reasonWords(reason: string): string {
  return known(reason)?.words ?? reason.replaceAll('_', ' ');
}

const known = (reason: string) =>
  Object.hasOwn(REASONS, reason) ? REASONS[reason as RejectionReason] : undefined;
