import { clockWords } from '../../../lib/time-words.ts';

/** Why webhooks do not come, most likely. */
export interface LikelyCause {
  kind: 'registration' | 'signature' | 'private_address' | 'unreachable' | 'refused' | 'workers';
  /** What was seen, in a sentence. */
  sentence: string;
  /** What to do about it. */
  cure: string;
  /** Registering the webhook again is the cure. */
  registerAgain: boolean;
  at: string;
}

/** What was found at the moment at which webhooks were missed. */
export interface CauseEvidence {
  /** Our webhook in Chatwoot's list; null: the list could not be read. */
  registration: { ok: boolean; fault: string | null; evidence: string; nextStep: string | null } | null;
  /** Webhooks that we refused since then because nothing proves whose they are, by the most frequent reason (intake/intake.ts). */
  refusedForProof: { count: number; reason: string } | null;
  /** How many messages no webhook told of, as far as they were seen. */
  untold: number;
  refusedOtherwise: { count: number; words: string; cure: string } | null;
  /** The host of our address, where it leads into a private network only; null: it does not, or that is not known. */
  privateHost: string | null;
  version: string | null;
  /** A webhook has come from this version of Chatwoot at this address before. */
  provedSinceVersion: boolean;
  /** Our endpoint, asked from outside; null: not known. */
  endpoint: { ok: boolean; detail: string } | null;
}

const SHOW_WORKERS =
  'On the machine that runs Chatwoot: is a Sidekiq process up (docker compose ps; docker logs chatwoot-sidekiq --tail 100), and does its queue grow (/monitoring/sidekiq, as a super admin)? Restart it; what it still has in its queue is sent then.';
interface ProofFault {
  words: (one: boolean) => string;
  cure: string;
  registerAgain: boolean;
}

const OTHER_SECRET: ProofFault = {
  words: (one) => `${one ? 'was' : 'were'} not signed with a secret that it has`,
  cure: 'Register the webhook again, so that both have the same secret. If they still come then, another account or installation of Chatwoot posts here: its webhook is to be removed there.',
  registerAgain: true,
};
const PROOF_FAULTS: Record<string, ProofFault> = {
  stale_signature: {
    words: (one) =>
      `came later after ${one ? 'it was' : 'they were'} signed than CHATWOOT_WEBHOOK_TOLERANCE_SECONDS allows`,
    cure: "Compare the clocks of both machines; where they agree, Chatwoot's queue is that late. What was refused is fetched by comparison.",
    registerAgain: false,
  },
  secrets_unreadable: {
    words: () => 'came while it could not read its own secrets',
    cure: 'Its log says which file or row cannot be read. What was refused is fetched by comparison.',
    registerAgain: false,
  },
};

const ALLOW_PRIVATE =
  'Set SAFE_FETCH_ALLOW_PRIVATE_NETWORK=true for Chatwoot (4.14.1 and later) and restart its web and worker, or give this app a public address.';

const webhooksText = (count: number) => (count === 1 ? '1 webhook' : `${count} webhooks`);

/** In the order in which each would explain what comes after it. */
export function decideCause(evidence: CauseEvidence, now: Date): LikelyCause {
  const cause = (kind: LikelyCause['kind'], sentence: string, cure: string, registerAgain = false) => ({
    kind,
    sentence,
    cure,
    registerAgain,
    at: now.toISOString(),
  });
  const { registration, refusedForProof, refusedOtherwise, endpoint, privateHost, version } = evidence;
  if (registration && !registration.ok)
    return cause(
      'registration',
      registration.evidence,
      registration.nextStep ?? 'Register it again.',
      registration.fault !== 'hidden',
    );
  // Each message sends one at least: fewer are somebody else's, or explain a part only.
  if (refusedForProof && refusedForProof.count >= evidence.untold) {
    const { count, reason } = refusedForProof;
    const { words, cure: remedy, registerAgain } = PROOF_FAULTS[reason] ?? OTHER_SECRET;
    return cause(
      'signature',
      `They come, and this app refuses them: ${webhooksText(count)} ${words(count === 1)}.`,
      remedy,
      registerAgain,
    );
  }
  const isFiltered = privateHost !== null && filtersPrivate(version);
  if (isFiltered && !evidence.provedSinceVersion)
    return cause(
      'private_address',
      `Chatwoot ${version} does not post to private addresses, and ${privateHost} is one.`,
      ALLOW_PRIVATE,
    );
  if (endpoint && !endpoint.ok)
    return cause(
      'unreachable',
      `Our address does not answer from outside: ${endpoint.detail} at ${clockWords(now)}.`,
      'Check APP_URL, its name, certificate and the proxy before this app.',
    );
  if (refusedOtherwise)
    return cause(
      'refused',
      `They come, and this app refuses them: ${refusedOtherwise.count} ${refusedOtherwise.words}.`,
      refusedOtherwise.cure,
    );
  const unread = registration ? '' : ' Its list of webhooks could not be read.';
  const strays = refusedForProof
    ? ` ${webhooksText(refusedForProof.count)} that nothing proves to be Chatwoot's came meanwhile: too few to explain it.`
    : '';
  const also = isFiltered ? ` If its settings were changed: ${ALLOW_PRIVATE}` : '';
  return cause(
    'workers',
    `Its workers (Sidekiq) most likely stand still: it takes messages, and its queue sends nothing.${unread}${strays}`,
    `${SHOW_WORKERS}${also}`,
  );
}

/** Chatwoot refuses hosts without a public address since 4.14.0. */
export function filtersPrivate(version: string | null): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > 4 || (Number(major) === 4 && Number(minor) >= 14);
}
