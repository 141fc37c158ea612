import type { CanaryEvidence } from '../../canary/canary-view.ts';
import { type GateItem, type GateMark, RESTORE_TICKS } from '../gate-item.ts';

/** A probe's newest result. */
export interface ProbeEvidence {
  probe: string;
  component: string;
  at: Date;
  ok: boolean;
  detail: string;
  latencyMs: number | null;
}

export interface RestoreInput {
  /** Start of the outage or of fallback mode, whichever was later; null: there is none. */
  since: Date | null;
  probes: readonly ProbeEvidence[];
  canary: CanaryEvidence | null;
  marks: readonly GateMark[];
  /** The newest accepted message that told the team that automation is back. */
  teamTold: { at: Date; evidence: string } | null;
}

export interface RestoreGate {
  /** The checklist is open: at least one item is not done, so fallback mode is not to be switched off without an override. */
  open: boolean;
  items: GateItem[];
}

const APP = 'Outage Center';

/** The runbook's restore automation checklist (section 3), judged on what is on record. */
export function judgeRestore(input: RestoreInput, now: Date): RestoreGate {
  const fresh: Freshness = { since: input.since, now };
  const probed = (wanted: (probe: ProbeEvidence) => boolean) => input.probes.filter(wanted);
  const live = probed(({ probe }) => probe === 'chatwoot.live');
  const auth = probed(({ probe }) => probe === 'chatwoot.auth');
  const agent = probed(({ component }) => component === 'agent');
  const items = [
    probeItem('chatwoot', 'Chatwoot answers 200 at its health address', live, fresh),
    probeItem('api', 'Authenticated API probe succeeds', auth, fresh),
    webhookItem(input.canary, fresh),
    probeItem('agent', 'Agent service passes its health check', agent, fresh),
    conversationItem(input.canary, fresh),
    tickItem('sla', input.marks, fresh),
    teamItem(input, fresh),
  ];
  return { open: items.some(({ done }) => !done), items };
}

function probeItem(key: string, title: string, found: readonly ProbeEvidence[], fresh: Freshness): GateItem {
  const item = { key, title, how: 'app' as const, by: APP };
  const worst = found.find(({ ok }) => !ok) ?? found.at(0);
  if (!worst)
    return { ...item, done: false, at: null, by: null, durationMs: null, evidence: 'Not checked yet.' };
  const judged = isFresh(worst.at, fresh);
  return {
    ...item,
    done: worst.ok && judged.fresh,
    at: worst.at.toISOString(),
    durationMs: worst.latencyMs,
    evidence: worst.ok && !judged.fresh ? `${worst.detail}, but ${judged.why}: check again.` : worst.detail,
  };
}

const CANARY = { how: 'canary' as const };

function webhookItem(canary: CanaryEvidence | null, fresh: Freshness): GateItem {
  const item = { ...CANARY, key: 'webhook', title: 'Webhook test message delivered' };
  if (!canary) return notRun(item);
  const { webhook, startedBy: by } = canary;
  if (!webhook) return { ...item, ...notThrough(canary), durationMs: null };
  // A canary that passed saw the webhook of its reply as well: an approval that took its time does not age the proof.
  const provedAt = canary.outcome === 'passed' && canary.finishedAt ? canary.finishedAt : webhook.at;
  const judged = isFresh(provedAt, fresh);
  return {
    ...item,
    by,
    done: judged.fresh,
    at: webhook.at.toISOString(),
    durationMs: webhook.durationMs,
    evidence: judged.fresh
      ? webhook.evidence
      : `${webhook.evidence} But ${judged.why}: run the canary again.`,
  };
}

function conversationItem(canary: CanaryEvidence | null, fresh: Freshness): GateItem {
  const item = { ...CANARY, key: 'conversation', title: 'Test conversation completes end to end' };
  if (!canary) return notRun(item);
  if (canary.outcome !== 'passed' || !canary.finishedAt)
    return { ...item, ...notThrough(canary), durationMs: null };
  const durationMs = canary.finishedAt.getTime() - canary.startedAt.getTime();
  const judged = isFresh(canary.finishedAt, fresh);
  return {
    ...item,
    durationMs,
    by: canary.startedBy,
    done: judged.fresh,
    at: canary.finishedAt.toISOString(),
    evidence: judged.fresh
      ? `Canary ${canary.id} passed every step.`
      : `Canary ${canary.id} passed, but ${judged.why}: run it again.`,
  };
}

const notRun = (item: Pick<GateItem, 'key' | 'title' | 'how'>): GateItem => ({
  ...item,
  done: false,
  at: null,
  by: null,
  durationMs: null,
  evidence: 'The canary has not run yet.',
});

function notThrough(canary: CanaryEvidence): Pick<GateItem, 'done' | 'at' | 'by' | 'evidence'> {
  const at = (canary.finishedAt ?? canary.startedAt).toISOString();
  const state = { running: 'is running', failed: 'failed', cancelled: 'was cancelled', passed: 'passed' };
  const words = `Canary ${canary.id} ${state[canary.outcome]}`;
  return {
    done: false,
    at,
    by: canary.startedBy,
    evidence: canary.problem ? `${words}: ${canary.problem}` : `${words}.`,
  };
}

/** A person's tick holds as long as the outage does: it only must not be older. Without an outage it ages like the rest. */
function tickItem(key: keyof typeof RESTORE_TICKS, marks: readonly GateMark[], fresh: Freshness): GateItem {
  const item = { key, title: RESTORE_TICKS[key], how: 'person' as const, durationMs: null };
  const mark = marks.find((one) => one.item === key);
  if (!mark?.done) return { ...item, done: false, at: null, by: null, evidence: 'Not ticked yet.' };
  const valid = fresh.since ? mark.at >= fresh.since : isFresh(mark.at, fresh).fresh;
  return {
    ...item,
    done: valid,
    at: mark.at.toISOString(),
    by: mark.by,
    evidence: valid
      ? (mark.note ?? 'Ticked.')
      : fresh.since
        ? 'It was ticked before this outage began: tick it again.'
        : 'It was ticked over 15 min ago: tick it again.',
  };
}

function teamItem(input: RestoreInput, fresh: Freshness): GateItem {
  const ticked = tickItem('team', input.marks, fresh);
  const { teamTold } = input;
  if (ticked.done || !teamTold || (fresh.since && teamTold.at < fresh.since)) return ticked;
  return { ...ticked, done: true, at: teamTold.at.toISOString(), by: APP, evidence: teamTold.evidence };
}

/** How long what the app checked counts, ms: a restoration is decided on how things are now. */
const FRESH_MS = 15 * 60_000;

interface Freshness {
  /** Evidence from before this does not count: the outage began after it. */
  since: Date | null;
  now: Date;
}

/** Whether evidence still counts, and if not, why, to stand after "but". */
function isFresh(at: Date, { since, now }: Freshness): { fresh: true } | { fresh: false; why: string } {
  if (since && at < since) return { fresh: false, why: 'that was before this outage began' };
  if (now.getTime() - at.getTime() > FRESH_MS) return { fresh: false, why: 'that is over 15 min old' };
  return { fresh: true };
}
