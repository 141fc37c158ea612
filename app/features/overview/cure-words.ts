import type { RejectionReason } from '../intake/rejection.ts';

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
