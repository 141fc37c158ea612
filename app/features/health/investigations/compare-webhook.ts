/** A webhook as Chatwoot lists it. */
export interface ListedWebhook {
  id: number;
  url: string;
  subscriptions: string[];
  secret: string | null;
}

export interface ExpectedWebhook {
  /** Our endpoint as Chatwoot should have it; null when APP_URL is not set: then only its path is compared. */
  endpoint: string | null;
  path: string;
  /** What this app takes as proof: secrets of signatures, tokens in the address; null: not known here, and not judged. */
  proofs: {
    secrets: readonly string[];
    tokens: readonly string[];
    /** Whether there may be others of both that could not be read here. */
    complete: boolean;
  } | null;
  /** CHATWOOT_WEBHOOK_ALLOW_UNSIGNED. */
  allowUnsigned: boolean;
}

export const FAULTS = ['missing', 'events', 'secret', 'open'] as const;

export interface Comparison {
  ok: boolean;
  /** What is wrong: there is none to us, it lacks events, its secret is another, or anybody may post here. */
  fault: (typeof FAULTS)[number] | null;
  evidence: string;
  nextStep: string | null;
}

/** Without these, what customers write does not arrive. */
const NEEDED = ['message_created', 'conversation_created', 'conversation_status_changed'];

const CONNECT =
  'Run npm run ops:connect-chatwoot on the machine of this app: it registers the webhook and keeps its secret.';

/**
 * Runbook section 2: compares how Chatwoot signs with what this app accepts. Says which webhook and why, never a secret.
 */
export function compareWebhook(listed: readonly ListedWebhook[], expected: ExpectedWebhook): Comparison {
  const { endpoint, path, proofs, allowUnsigned } = expected;
  const webhook = listed.find(({ url }) => isOurs(url, endpoint, path));
  const wrong = (fault: Comparison['fault'], evidence: string, nextStep: string): Comparison => ({
    ok: false,
    fault,
    evidence,
    nextStep,
  });
  if (!webhook) {
    const has = listed.length === 0 ? 'no webhook at all, so none' : `webhooks (${listed.length}), but none`;
    return wrong('missing', `Chatwoot has ${has} to ${endpoint ?? path}.`, CONNECT);
  }
  const name = `Chatwoot's webhook ${webhook.id}`;
  const missing = NEEDED.filter((event) => !webhook.subscriptions.includes(event));
  if (missing.length > 0) return wrong('events', `${name} does not send ${missing.join(', ')}.`, CONNECT);
  if (allowUnsigned)
    return wrong(
      'open',
      `${name} leads to us, and this app accepts webhooks from anybody: CHATWOOT_WEBHOOK_ALLOW_UNSIGNED is set.`,
      CONNECT + ' Then remove CHATWOOT_WEBHOOK_ALLOW_UNSIGNED.',
    );
  const fine = (evidence: string): Comparison => ({ ok: true, fault: null, evidence, nextStep: null });
  if (!proofs) return fine(`${name} leads to us, with every event that is needed.`);
  const { secrets, tokens, complete } = proofs;
  const carried = new URL(webhook.url).searchParams.get('token');
  if (carried && tokens.includes(carried)) return fine(`${name} carries the token that this app asks for.`);
  if (webhook.secret && secrets.includes(webhook.secret))
    return fine(
      `${name} signs with one of the ${secrets.length === 1 ? 'secrets (1)' : `${secrets.length} secrets`} that this app accepts.`,
    );
  if (!complete)
    return wrong(
      'secret',
      `${name} leads to us, and the secrets that this app keeps of its webhooks cannot be read: what they do not prove is refused (503).`,
      `${CONNECT} They are sealed with DATA_ENCRYPTION_KEYS or, without it, by CHATWOOT_API_TOKEN: were these changed?`,
    );
  if (webhook.secret)
    return wrong(
      'secret',
      `${name} signs with a secret that this app does not have: every webhook is refused (401).`,
      CONNECT,
    );
  return wrong(
    'secret',
    `${name} shows no secret: this Chatwoot is older than 4.12, or CHATWOOT_API_TOKEN is not an administrator's. The address carries ${carried ? 'another token than ours' : 'no token'}.`,
    `${CONNECT.slice(0, -1)}, or puts a token into its address.`,
  );
}

function isOurs(url: string, endpoint: string | null, path: string): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, pathname } = new URL(url);
  const plain = pathname.replace(/\/+$/, '');
  return endpoint === null ? plain === path : `${origin}${plain}` === endpoint;
}
