import { clockWords, minuteWords, spanWords } from '../../lib/time-words.ts';
import type { ArrivalFigures, RuleFigures, RuleReading } from './rule-reading.ts';

/** Good readings count once in this time, as for the rules over deliveries. */
const SPACING_MS = 20_000;
/** A webhook within this time, or a look, says how things are; a look is due once a minute. */
export const KNOWN_MS = 150_000;
/** The look itself fails for so long: nobody knows whether messages arrive. */
const UNSEEN_MS = 10 * 60_000;
/** From a message's `created_at` to its webhook: warning and P2, ms. */
export const DELAY_WARNING_MS = 60_000;
export const DELAY_MS = 5 * 60_000;
/** Refusals for signature or token fire after this, ms. */
const REFUSED_AFTER_MS = 2 * 60_000;

type Naming = Pick<RuleReading, 'rule' | 'severity' | 'cause' | 'related' | 'title'>;

/** Rules over the way from Chatwoot to us: silence is no health, see docs/decisions/0017-arrival.md. */
export function readArrivalRules({ arrival, speed }: RuleFigures, now: Date): RuleReading[] {
  const blank = (naming: Naming): RuleReading => ({
    ...naming,
    state: 'unknown',
    value: null,
    threshold: null,
    words: 'Chatwoot is not connected yet, so no webhook is expected.',
    numbers: {},
    firstBadAt: null,
    evidenceAt: now,
    spacingMs: SPACING_MS / speed,
  });
  return [
    readSilence(
      arrival,
      blank({ ...NAMES.silent, cause: arrival.cause?.kind === 'unreachable' ? 'intake' : 'arrival' }),
      now,
    ),
    readRegistration(arrival, blank(NAMES.registration)),
    readDelay(arrival, blank(NAMES.delay), DELAY_MS),
    readDelay(arrival, blank(NAMES.delayWarning), DELAY_WARNING_MS),
    readRefused(arrival, blank(NAMES.refused), now),
    readUnseen(arrival, blank(NAMES.unseen), now),
  ];
}

const NAMES = {
  silent: {
    rule: 'webhooks_silent',
    severity: 'P1',
    cause: 'arrival',
    related: null,
    title: 'Chatwoot works, its webhooks do not arrive',
  },
  registration: {
    rule: 'webhook_registration',
    severity: 'P1',
    cause: 'arrival',
    related: null,
    title: "Chatwoot's webhook to us is not as it should be",
  },
  delay: {
    rule: 'arrival_delay',
    severity: 'P2',
    cause: 'arrival',
    related: null,
    title: "Chatwoot's queue is behind: its webhooks come late",
  },
  delayWarning: {
    rule: 'arrival_delay_warning',
    severity: 'warning',
    cause: null,
    related: 'arrival',
    title: "Chatwoot's webhooks come late",
  },
  refused: {
    rule: 'webhooks_refused',
    severity: 'warning',
    cause: null,
    related: 'arrival',
    title: 'This app refuses webhooks for their signature',
  },
  unseen: {
    rule: 'arrival_unseen',
    severity: 'warning',
    cause: null,
    related: 'chatwoot',
    title: 'It is not known whether customers’ messages arrive',
  },
} satisfies Record<string, Naming>;

/** "5 messages of 5 customers since 14:03" */
export function missedWords({ missed, silentSince }: Pick<ArrivalFigures, 'missed' | 'silentSince'>): string {
  const count = (n: number, noun: string) => (n === 1 ? `1 ${noun}` : `${n} ${noun}s`);
  const since = silentSince ? ` since ${minuteWords(silentSince)}` : '';
  return `${count(missed.messages, 'message')} of ${count(missed.customers, 'customer')}${since}`;
}

function readSilence(arrival: ArrivalFigures, blank: RuleReading, now: Date): RuleReading {
  const { missed, silentSince, confirmedAt, cause, lookedAt, lastWebhookAt, newestAt } = arrival;
  const reading = { ...blank, threshold: 0 };
  if (!arrival.expected) return reading;
  if (arrival.narrowed)
    return {
      ...reading,
      words:
        "Fallback mode keeps Chatwoot's webhooks to a minimum on purpose: what they leave out is fetched afterwards.",
    };
  if (confirmedAt) {
    const why = cause ? ` Likely cause: ${lowerFirst(cause.sentence)}` : '';
    return {
      ...reading,
      state: 'firing',
      value: missed.messages,
      words: `Chatwoot works, its webhooks do not arrive: ${missedWords(arrival)}.${why}`,
      numbers: { ...missed, silentSince, cause: cause?.kind ?? null },
      firstBadAt: silentSince,
    };
  }
  const within = (at: Date | null) => at !== null && now.getTime() - at.getTime() <= KNOWN_MS;
  if (within(lastWebhookAt))
    return {
      ...reading,
      state: 'ok',
      value: 0,
      words: `The last message's webhook came at ${clockWords(lastWebhookAt!)}; the rule fires when a message in Chatwoot has none.`,
    };
  if (within(lookedAt)) {
    const nobody = newestAt ? `Nobody has written since ${minuteWords(newestAt)}` : 'Nobody has written yet';
    return {
      ...reading,
      state: silentSince ? 'unknown' : 'ok',
      value: 0,
      words: silentSince
        ? `A message in Chatwoot has no webhook yet (looked at ${clockWords(lookedAt!)}); it is asked again.`
        : `${nobody}; everything is known (looked at ${clockWords(lookedAt!)}).`,
    };
  }
  const because = arrival.problem ? `: ${arrival.problem}` : '';
  return {
    ...reading,
    words: `Not known since ${clockWords(latest(lookedAt, lastWebhookAt) ?? now)}${because}.`,
  };
}

function latest(a: Date | null, b: Date | null): Date | null {
  if (!a || !b) return a ?? b;
  return a > b ? a : b;
}

/** Names keep their capital. */
const lowerFirst = (text: string) => text.replace(/^(They|Its|Our)\b/, (word) => word.toLowerCase());

function readRegistration(arrival: ArrivalFigures, blank: RuleReading): RuleReading {
  const { registration, registrationAt, registered, badSince, badConfirmed } = arrival;
  const reading = { ...blank, evidenceAt: registrationAt, spacingMs: 0 };
  if (!registration || !registrationAt)
    return { ...reading, words: "Chatwoot's list of webhooks was not read yet." };
  const at = ` (read at ${clockWords(registrationAt)})`;
  const told = {
    ...reading,
    value: registration.ok ? 0 : 1,
    words: `${registration.evidence.replace(/\.$/, '')}${at}.`,
    numbers: { fault: registration.fault, since: badSince },
  };
  if (registration.ok) return { ...told, state: 'ok' };
  // Before it was ever connected there is nothing to miss, and what cannot be read says nothing.
  if (!registered || registration.fault === 'unreadable' || registration.fault === 'open') return told;
  if (!badConfirmed) return { ...told, firstBadAt: badSince, breaksRecovery: true };
  return { ...told, state: 'firing', firstBadAt: badSince };
}

function readDelay(
  { delay, expected }: ArrivalFigures,
  blank: RuleReading,
  thresholdMs: number,
): RuleReading {
  const reading = { ...blank, threshold: thresholdMs / 1000 };
  if (!expected) return reading;
  const fires = `the rule fires from ${spanWords(thresholdMs)}`;
  if (!delay) return { ...reading, state: 'ok', words: `No message came in the last 5 min; ${fires}.` };
  const { p50, p95, messages } = delay;
  const isLate = p95 > thresholdMs;
  const figures = `p50 ${spanWords(p50)}, p95 ${spanWords(p95)} of ${messages === 1 ? '1 message' : `${messages} messages`} in 5 min`;
  return {
    ...reading,
    state: isLate ? 'firing' : 'ok',
    value: p95 / 1000,
    words: isLate
      ? `Chatwoot's queue is ${spanWords(p95)} behind (from message to webhook ${figures}); ${fires}.`
      : `From message to webhook ${figures}; ${fires}.`,
    numbers: { p50, p95, messages },
  };
}

/** Somebody whose webhooks all are refused has another secret; a few among others' are somebody else's, or one inbox's. */
function readRefused({ refused, expected }: ArrivalFigures, blank: RuleReading, now: Date): RuleReading {
  const { count, firstAt, lastAt, acceptedAt } = refused;
  const reading = { ...blank, threshold: 0, value: count };
  const fires = 'the rule fires when that goes on for 2 min';
  if (count === 0 || !firstAt || !lastAt)
    return {
      ...reading,
      state: 'ok',
      words: `No webhook was refused for its signature in the last 10 min; ${fires}.`,
    };
  const noneSince = acceptedAt === null || acceptedAt < lastAt || acceptedAt < firstAt;
  const lasted = now.getTime() - firstAt.getTime();
  const goesOn = noneSince || lastAt.getTime() - firstAt.getTime() >= REFUSED_AFTER_MS;
  const others = noneSince ? ', and none has been accepted since' : '; others were accepted';
  const webhooks = count === 1 ? '1 webhook was' : `${count} webhooks were`;
  const words = `${webhooks} refused for signature or token since ${minuteWords(firstAt)}${others}; ${fires}.`;
  if (!expected && !goesOn) return { ...reading, words };
  const isOld = lasted >= REFUSED_AFTER_MS;
  return goesOn && isOld
    ? { ...reading, state: 'firing', words, firstBadAt: firstAt, numbers: { count, firstAt, lastAt } }
    : { ...reading, state: 'unknown', words };
}

function readUnseen(arrival: ArrivalFigures, blank: RuleReading, now: Date): RuleReading {
  const { failingSince, problem, expected } = arrival;
  const reading = { ...blank, threshold: UNSEEN_MS / 1000 };
  if (!expected) return reading;
  if (!failingSince)
    return { ...reading, state: 'ok', value: 0, words: "Chatwoot's newest messages can be looked at." };
  const ms = now.getTime() - failingSince.getTime();
  const words = `Chatwoot's newest messages could not be looked at since ${clockWords(failingSince)} (${problem ?? 'no reason kept'}): whether what customers write arrives is not known; the rule fires after 10 min.`;
  return {
    ...reading,
    state: ms >= UNSEEN_MS ? 'firing' : 'unknown',
    value: Math.round(ms / 1000),
    words,
    firstBadAt: failingSince,
    breaksRecovery: true,
  };
}
