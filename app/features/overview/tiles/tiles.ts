import { durationText, spanWords } from '../../../lib/time-words.ts';
import { countText, numberText } from '../../../lib/words.ts';
import { customersWaiting, type WaitingFigures } from '../../waiting/waiting-view.ts';
import { countedText } from '../../waiting/waiting-words.ts';
import type { OverviewFigures } from '../figures.ts';
import { isUnproved, QUIET_MS, sum } from '../judge-figures.ts';
import type { Tile, Tone } from '../overview-view.ts';
import { lateMinutes, LINKS, reasonWords } from '../overview-words.ts';
import { agentTile, chatwootTile } from './service-tiles.ts';
import { backlogTile, deadLettersTile, successTile } from './delivery-tiles.ts';
import { received, trendOf } from './trend.ts';

/** The figures to look at first. */
export function tilesOf(figures: OverviewFigures, now: Date): Tile[] {
  return [
    chatwootTile(figures, now),
    intakeTile(figures, now),
    agentTile(figures, now),
    successTile(figures),
    deadLettersTile(figures, now),
    backlogTile(figures, now),
    waitingTile(figures, now),
  ];
}

/** The same tiles while nothing can be measured: unknown, not zero and not green. */
export function unknownTiles(): Tile[] {
  const titles = {
    chatwoot: 'Chatwoot',
    intake: 'Webhook intake',
    agent: 'Agent service',
    success: 'Delivery success',
    dead_letters: 'Dead letters',
    backlog: 'For the Agent service',
    waiting: 'Customers waiting',
  } as const;
  return (Object.keys(titles) as (keyof typeof titles)[]).map((id) => ({
    id,
    title: titles[id],
    tone: 'unknown',
    word: 'Unknown',
    figure: 'Unknown',
    details: ['The database does not answer'],
    link: '/',
    trend: [],
  }));
}

/** What Chatwoot sent us, and what of it was refused. */
function intakeTile(figures: OverviewFigures, now: Date): Tile {
  const { intake, hour, measuredSince } = figures;
  const arrived = received(hour.slice(-10)) ?? 0;
  const { tone, word } = judge(figures, arrived, now);
  const details = [
    intake.lastReceivedAt
      ? `Last one ${durationText(now.getTime() - intake.lastReceivedAt.getTime())} ago`
      : 'None has arrived yet',
    ...intake.rejected.map(({ reason, count }) => `${numberText(count)} refused: ${reasonWords(reason)}`),
  ];
  const fetched = sum(hour.slice(-10), 'fetched');
  if (fetched > 0)
    details.push(
      `${countText(fetched, 'event')} fetched from Chatwoot, because no webhook told of ${fetched === 1 ? 'it' : 'them'}`,
    );
  if (intake.late > 0)
    details.push(`${numberText(intake.late)} kept, but answered too late${lateWords(figures)}`);
  const delay = figures.outage.arrival?.delay;
  if (delay)
    details.push(`From message to webhook: p50 ${spanWords(delay.p50)}, p95 ${spanWords(delay.p95)}`);
  if (intake.spooled > 0) details.push(`${countText(intake.spooled, 'webhook')} in the spool file`);
  return {
    id: 'intake',
    title: 'Webhook intake',
    tone,
    word,
    figure: `${numberText(arrived)} in 10 min`,
    details,
    link: LINKS.charts,
    trend: trendOf(hour, received, measuredSince ?? now),
  };
}

const lateWords = ({ hour }: OverviewFigures) => {
  const at = lateMinutes(hour, 10);
  return at && `: ${at}`;
};

function judge(figures: OverviewFigures, arrived: number, now: Date): { tone: Tone; word: string } {
  const {
    intake,
    outage: { arrival },
  } = figures;
  if (arrival?.confirmedAt && !arrival.narrowed) return { tone: 'critical', word: 'Nothing arrives' };
  if (arrival?.badConfirmed) return { tone: 'critical', word: 'Not registered' };
  if (intake.spoolInUse || intake.spooled > 0) return { tone: 'warning', word: 'Spool in use' };
  if (intake.rejected.length > 0) {
    return { tone: 'warning', word: arrived === 0 ? 'Refusing' : 'Some refused' };
  }
  if (intake.late > 0) return { tone: 'warning', word: 'Answers late' };
  if (isUnproved(figures)) return { tone: 'unknown', word: 'Not proved yet' };
  if (intake.lastReceivedAt === null) return { tone: 'unknown', word: 'No traffic yet' };
  if (now.getTime() - intake.lastReceivedAt.getTime() >= QUIET_MS) return { tone: 'unknown', word: 'Quiet' };
  if (intake.open) return { tone: 'warning', word: 'Not protected' };
  return { tone: 'good', word: 'Receiving' };
}

/** Customers who wait for an answer of a person, and whether they wait longer than they should. */
function waitingTile({ outage: { waiting } }: OverviewFigures, now: Date): Tile {
  const { byHand } = waiting.figures;
  const shared = {
    id: 'waiting',
    title: 'Customers waiting',
    link: LINKS.waiting,
    trend: waiting.samples.map(({ at, waiting: value }) => ({ at, value })),
  } as const;
  const inTickets = byHand.waiting > 0 ? [handText(byHand)] : [];
  const { counting } = waiting.figures.check;
  if (counting)
    return {
      ...shared,
      tone: 'unknown',
      word: 'Being counted',
      figure: countedText(counting) ?? 'Not known yet',
      details: [
        countedText(counting) === null ? 'Chatwoot is being asked' : 'Conversations read from Chatwoot',
        ...inTickets,
      ],
    };
  const customers = customersWaiting(waiting.figures);
  if (!customers)
    return {
      ...shared,
      tone: 'unknown',
      word: 'Unknown',
      figure: 'Unknown',
      details: ['Webhooks not read yet', ...inTickets],
    };
  const { count, breached, dueSoon, unassigned, oldestSince } = customers;
  const details = [];
  if (oldestSince) details.push(`Longest ${durationText(now.getTime() - Date.parse(oldestSince))}`);
  details.push(...inTickets);
  if (unassigned) details.push(`${numberText(unassigned)} unassigned`);
  if (dueSoon > 0)
    details.push(`${numberText(dueSoon)} more past the target within the hour if nobody answers`);
  if (count === 0) details.push('Everybody has an answer');
  const [tone, word]: [Tone, string] =
    breached > 0
      ? ['warning', `${numberText(breached)} past the target`]
      : ['good', count === 0 ? 'Nobody waits' : 'Within the target'];
  return { ...shared, tone, word, figure: `${numberText(count)} waiting`, details };
}

/** Customers who wait in tickets kept by hand. */
function handText({ waiting, breached }: WaitingFigures['byHand']): string {
  const late = breached > 0 ? `, ${numberText(breached)} past the target` : '';
  return `${numberText(waiting)} in tickets kept by hand${late}`;
}
