import type { ProofView } from '../arrival/connect/registration-words.ts';
import { comparedText, uncomparedText } from '../arrival/comparison/reconciliation-words.ts';
import type { ReconciliationView } from '../arrival/comparison/reconciliation-view.ts';
import type { ArrivalFigures } from '../alerts/rule-reading.ts';
import { DELAY_MS, DELAY_WARNING_MS, KNOWN_MS, missedWords } from '../alerts/rules-arrival.ts';
import { clockWords, minuteWords, spanWords } from '../../lib/time-words.ts';
import type { Tone } from './overview-view.ts';
import { wantsRegistration } from './incident-step.ts';

/** One thing that shows whether messages arrive; without a tone it is neither good nor bad. */
export interface ArrivalRow {
  id: 'webhook' | 'newest' | 'delay' | 'registration' | 'comparison';
  label: string;
  tone: Tone | null;
  words: string;
}

/** The time from a message's `created_at` to its webhook, of the messages of one bucket of time; ms, upper bounds. */
export interface DelayPoint {
  at: string;
  messages: number;
  p50: number;
  p95: number;
}

/** "Do messages arrive?", for the page Health: one glance, and unknown where it is not known. */
export interface ArrivalCard {
  state: (typeof ARRIVAL_STATES)[number];
  tone: Tone;
  word: string;
  sentence: string;
  rows: ArrivalRow[];
  /** Over the time asked for, oldest first; only of buckets in which messages came. */
  delays: DelayPoint[];
  thresholds: { warningMs: number; alarmMs: number };
  /** Registering the webhook again is the cure. */
  registerAgain: boolean;
  proof: ProofView;
  /** Where the last test message says nothing of now any more. */
  proofNote: string | null;
}

interface Seen {
  arrival: ArrivalFigures;
  comparison: ReconciliationView;
  proof: ProofView;
  delays: DelayPoint[];
}

export function arrivalCard({ arrival, comparison, proof, delays }: Seen, now: Date): ArrivalCard {
  const judged = judgeArrival(arrival, now);
  return {
    ...judged,
    rows: [
      webhookRow(arrival),
      newestRow(arrival, now),
      delayRow(arrival),
      registrationRow(arrival),
      {
        id: 'comparison',
        label: 'Last comparison',
        tone:
          ['failing', 'paused'].includes(comparison.state) || comparison.uncompared.length > 0
            ? 'warning'
            : null,
        words: [comparedText(comparison), uncomparedText(comparison)].filter(Boolean).join(' '),
      },
    ],
    delays,
    thresholds: { warningMs: DELAY_WARNING_MS, alarmMs: DELAY_MS },
    registerAgain: wantsRegistration(arrival) || judged.state === 'refusing',
    proof,
    proofNote: isOutdated(proof, arrival) ? 'Messages have arrived since.' : null,
  };
}

/** It did not arrive, and others have since. */
const isOutdated = (proof: ProofView, { lastWebhookAt }: ArrivalFigures): boolean =>
  proof.state === 'not_proved' && lastWebhookAt !== null && lastWebhookAt.getTime() > Date.parse(proof.at);

/** Each answer to "Do messages arrive?". */
export const ARRIVAL_STATES = [
  'silent',
  'unregistered',
  'narrowed',
  'unproved',
  'unknown',
  'asking',
  'refusing',
  'late',
  'arriving',
  'quiet',
] as const;

type Judgement = Pick<ArrivalCard, 'state' | 'tone' | 'word' | 'sentence'>;

/** The worst first; good is only what was seen lately. */
export function judgeArrival(arrival: ArrivalFigures, now: Date): Judgement {
  const { cause, registration, delay, refused, lastWebhookAt, lookedAt, newestAt } = arrival;
  const within = (at: Date | null) => at !== null && now.getTime() - at.getTime() <= KNOWN_MS;
  if (arrival.confirmedAt && !arrival.narrowed) {
    const why = cause ? ` ${cause.sentence} ${cause.cure}` : '';
    return {
      state: 'silent',
      tone: 'critical',
      word: 'Nothing arrives',
      sentence: `Chatwoot works, its webhooks do not arrive: ${missedWords(arrival)}.${why}`,
    };
  }
  if (arrival.badConfirmed && registration)
    return {
      state: 'unregistered',
      tone: 'critical',
      word: 'Not registered',
      sentence: `What customers write does not arrive. ${registration.nextStep ?? ''}`.trim(),
    };
  if (arrival.narrowed)
    return {
      state: 'narrowed',
      tone: 'info',
      word: 'Kept to a minimum',
      sentence:
        "Fallback mode narrows Chatwoot's webhooks on purpose. What they leave out is fetched afterwards.",
    };
  if (!arrival.provedAt)
    return {
      state: 'unproved',
      tone: 'unknown',
      word: 'Not proved yet',
      sentence:
        'No webhook has come since Chatwoot was connected, so nothing shows that one would: send a test message.',
    };
  if (arrival.failingSince)
    return {
      state: 'unknown',
      tone: 'unknown',
      word: 'Not known',
      sentence: `Nobody has been able to look at Chatwoot's newest messages since ${clockWords(arrival.failingSince)}: ${arrival.problem ?? 'no reason is on record'}.`,
    };
  if (arrival.silentSince)
    return {
      state: 'asking',
      tone: 'unknown',
      word: 'Being asked again',
      sentence: `A message that was written in Chatwoot at ${clockWords(arrival.silentSince)} has no webhook yet; within a minute it shows whether that is only late.`,
    };
  if (refused.count > 0 && refused.lastAt && (!refused.acceptedAt || refused.acceptedAt < refused.lastAt))
    return {
      state: 'refusing',
      tone: 'warning',
      word: 'Refusing',
      sentence: `This app refuses webhooks for their signature or token: ${refused.count} in the last 10 min, and none has been accepted since.`,
    };
  if (delay && delay.p95 > DELAY_WARNING_MS)
    return {
      state: 'late',
      tone: 'warning',
      word: 'Late',
      sentence: `Messages arrive, but late: Chatwoot's queue is ${spanWords(delay.p95)} behind.`,
    };
  if (within(lastWebhookAt))
    return { state: 'arriving', tone: 'good', word: 'Yes', sentence: 'What customers write arrives.' };
  if (within(lookedAt)) {
    const nobody = newestAt ? `Nobody has written since ${minuteWords(newestAt)}` : 'Nobody has written yet';
    return { state: 'quiet', tone: 'info', word: 'Quiet', sentence: `${nobody}; everything is known.` };
  }
  return {
    state: 'unknown',
    tone: 'unknown',
    word: 'Not known',
    sentence: 'No webhook has come lately, and nobody has looked at Chatwoot: is a worker running?',
  };
}

function webhookRow({ lastWebhookAt }: ArrivalFigures): ArrivalRow {
  const words = lastWebhookAt ? `At ${clockWords(lastWebhookAt)}.` : 'None is on record.';
  return { id: 'webhook', label: "Last message's webhook", tone: null, words };
}

function newestRow({ lookedAt, newestAt, failingSince, problem }: ArrivalFigures, now: Date): ArrivalRow {
  const row = { id: 'newest', label: 'Newest message in Chatwoot' } as const;
  if (failingSince)
    return {
      ...row,
      tone: 'unknown',
      words: `Not known since ${clockWords(failingSince)}: ${problem ?? 'no reason is on record'}.`,
    };
  if (!lookedAt)
    return {
      ...row,
      tone: null,
      words: 'Not looked at yet: that is done while no webhook comes for a minute.',
    };
  const newest = newestAt ? `Written at ${clockWords(newestAt)}` : 'There is none';
  const old = now.getTime() - lookedAt.getTime() > KNOWN_MS ? '; webhooks have come since' : '';
  return { ...row, tone: null, words: `${newest} (looked at ${clockWords(lookedAt)}${old}).` };
}

function delayRow({ delay }: ArrivalFigures): ArrivalRow {
  const row = { id: 'delay', label: 'From message to webhook' } as const;
  if (!delay) return { ...row, tone: null, words: 'No message came in the last 5 min.' };
  const { p50, p95, messages } = delay;
  return {
    ...row,
    tone: p95 > DELAY_MS ? 'critical' : p95 > DELAY_WARNING_MS ? 'warning' : 'good',
    words: `Half within ${spanWords(p50)}, 95 % within ${spanWords(p95)}, of ${messages === 1 ? '1 message' : `${messages} messages`} in the last 5 min.`,
  };
}

function registrationRow({ registration, registrationAt, badConfirmed }: ArrivalFigures): ArrivalRow {
  const row = { id: 'registration', label: "Chatwoot's webhook to us" } as const;
  if (!registration || !registrationAt)
    return { ...row, tone: 'unknown', words: "Chatwoot's list of webhooks has not been read yet." };
  const { ok, fault, evidence, nextStep } = registration;
  const tone = ok ? 'good' : fault === 'unreadable' ? 'unknown' : badConfirmed ? 'critical' : 'warning';
  return {
    ...row,
    tone,
    words: `${evidence.replace(/\.$/, '')} (read at ${clockWords(registrationAt)}).${nextStep ? ` ${nextStep}` : ''}`,
  };
}
