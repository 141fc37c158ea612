import { durationText } from '../../../lib/time-words.ts';
import { countText, numberText, percentText } from '../../../lib/words.ts';
import type { OverviewFigures } from '../figures.ts';
import {
  attemptsOf,
  deadLetterTone,
  judgeSuccess,
  SUCCESS_CRITICAL,
  successRatio,
  sum,
  whyNothingGoesOut,
} from '../judge-figures.ts';
import type { Tile, Tone } from '../overview-view.ts';
import { capital, heldText, LINKS } from '../overview-words.ts';
import { backlogTrend, newDeadLetters, success, trendOf } from './trend.ts';

const WORDS = {
  good: 'On target',
  warning: 'Below 98 %',
  critical: 'Below 80 %',
  unknown: 'No traffic',
} as const;

const PAUSED = {
  fallback: { tone: 'info', why: 'Held on purpose: fallback mode is on' },
  no_worker: { tone: 'critical', why: 'No worker is running' },
  agent_down: { tone: 'warning', why: 'Held until the Agent service answers' },
} as const;

/** Share of attempts that the Agent service accepted, over 10 minutes and an hour; while nothing is sent, what waits instead. */
export function successTile(figures: OverviewFigures): Tile {
  const { hour } = figures;
  const paused = whyNothingGoesOut(figures);
  return {
    id: 'success',
    title: 'Delivery success',
    ...(paused ? pausedState(figures, PAUSED[paused]) : measuredState(hour)),
    link: LINKS.charts,
    trend: trendOf(hour, success),
  };
}

type State = Pick<Tile, 'tone' | 'word' | 'figure' | 'details'>;

function pausedState({ backlog, hour }: OverviewFigures, { tone, why }: { tone: Tone; why: string }): State {
  const { ok, failed } = attemptsOf(hour, 10);
  const waits = backlog.pending === 0 ? 'Nothing is held' : `${capital(heldText(backlog))} held`;
  const before =
    ok + failed === 0
      ? []
      : [`Sent in the last 10 min: ${numberText(ok)} of ${countText(ok + failed, 'attempt')}`];
  const calm = backlog.pending === 0 && tone === 'critical';
  return {
    tone: calm ? 'warning' : tone,
    word: 'Nothing goes out',
    figure: 'Paused',
    details: [waits, why, ...before],
  };
}

function measuredState(hour: OverviewFigures['hour']): State {
  const [recent, whole] = [attemptsOf(hour, 10), attemptsOf(hour, 60)];
  const [ratio, ratioOfHour] = [successRatio(recent), successRatio(whole)];
  const tone = judgeSuccess(recent);
  const hourText =
    ratioOfHour === null
      ? 'no attempt'
      : `${percentText(ratioOfHour)} of ${countText(whole.ok + whole.failed, 'attempt')}`;
  return {
    tone,
    word: tone === 'warning' && ratio !== null && ratio < SUCCESS_CRITICAL ? 'Few attempts' : WORDS[tone],
    figure: ratio === null ? 'No traffic' : percentText(ratio),
    details: [
      ratio === null
        ? 'No attempt in 10 min'
        : `10 min: ${numberText(recent.ok)} of ${countText(recent.ok + recent.failed, 'attempt')}`,
      `1 h: ${hourText}`,
      'Target 98 %',
      ...outOfOrderText(sum(hour, 'outOfOrder')),
    ],
  };
}

/** They came too late to go out before what was written after them; the Agent service is told by a header. */
const outOfOrderText = (messages: number): string[] =>
  messages === 0 ? [] : [`1 h: ${countText(messages, 'message')} sent after a later one`];

/** A delivery that waits longer than this is no longer just on its way. */
const WAITING_MS = 120_000;

/** Who waits for an answer is another number, on the tile beside it: how the two relate. */
function draftsLate({ messages, customers, isMinimum }: OverviewFigures['backlog']): string[] {
  const least = isMinimum ? 'at least ' : '';
  const of = `Of these, ${least}${countText(messages, 'customer message')}`;
  if (customers === 0) return [of];
  return [
    of,
    `AI drafts for ${least}${countText(customers, 'customer')} are late; people may have answered some`,
  ];
}

/** Bounces and automatic answers are in no number of customers. */
const fromMachines = (n: number) =>
  `${numberText(n)} from ${n === 1 ? 'a machine' : 'machines'}, such as bounces: nobody waits there`;

/** What is on its way for less than this, ms, is ordinary traffic: no draft is late for it. */
const PASSING_MS = 5_000;

function detailsOf(backlog: OverviewFigures['backlog'], age: number): string[] {
  const details = [];
  if (backlog.oldestAt) details.push(`Oldest ${durationText(age)}`);
  if (backlog.messages > 0) details.push(...draftsLate(backlog));
  if (backlog.machines > 0) details.push(fromMachines(backlog.machines));
  if (backlog.inFlight > 0) details.push(`${numberText(backlog.inFlight)} being sent now`);
  return details;
}

/** Everything that is not with the Agent service yet. */
export function backlogTile(figures: OverviewFigures, now: Date): Tile {
  const { backlog } = figures;
  const { pending, inFlight, oldestAt } = backlog;
  const held = whyNothingGoesOut(figures) ? Math.max(pending - inFlight, 0) : 0;
  const age = oldestAt ? now.getTime() - oldestAt.getTime() : 0;
  return {
    id: 'backlog',
    title: 'For the Agent service',
    ...judge(figures, age),
    figure: held > 0 ? `${numberText(held)} held` : `${numberText(pending)} on the way`,
    details: held === 0 && age < PASSING_MS ? ['Nothing is held'] : detailsOf(backlog, age),
    link: LINKS.ledger,
    trend: backlogTrend(figures, now),
  };
}

function judge(
  { backlog, breaker, paused, workers, agentHealthUrl }: OverviewFigures,
  age: number,
): { tone: Tone; word: string } {
  if (backlog.pending === 0) return { tone: 'good', word: 'Empty' };
  if (paused) return { tone: 'info', word: 'Held on purpose' };
  if (workers === 0) return { tone: 'critical', word: 'No worker' };
  if (agentHealthUrl === null) return { tone: 'warning', word: 'Not connected' };
  if (breaker.state !== 'closed') return { tone: 'warning', word: 'Held' };
  if (age > WAITING_MS) return { tone: 'warning', word: 'Slow' };
  return { tone: 'good', word: 'On the way' };
}

/** What could not be delivered and waits for a person, and how fast it grows. */
export function deadLettersTile({ dead, hour, measuredSince }: OverviewFigures, now: Date): Tile {
  const tone = deadLetterTone(dead);
  const more = dead.lastHourIsMinimum ? 'over ' : '';
  const details = [`${more}${numberText(dead.lastHour)} new in the last hour`];
  if (dead.oldestAt) details.push(`Oldest ${durationText(now.getTime() - dead.oldestAt.getTime())}`);
  if (dead.machines) details.push(fromMachines(dead.machines));
  if (dead.open > dead.unclaimed) details.push(`${numberText(dead.open - dead.unclaimed)} in a replay`);
  return {
    id: 'dead_letters',
    title: 'Dead letters',
    // What somebody has dealt with warns nobody; that there were some is in the words.
    tone: dead.open === 0 && tone !== 'good' ? 'info' : tone,
    word: tone === 'good' ? 'None' : dead.open === 0 ? 'All dealt with' : 'Need a person',
    figure: `${numberText(dead.open)} open`,
    details,
    link: LINKS.deadLetters,
    trend: trendOf(hour, newDeadLetters, measuredSince ?? now),
  };
}
