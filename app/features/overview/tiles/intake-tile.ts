import { spanWords } from '../../../lib/time-words.ts';
import { reasonWords } from '../cure-words.ts';
import type { OverviewFigures } from '../figures.ts';
import { lateMinutes, LINKS } from '../overview-words.ts';
import type { Tile, Tone } from '../overview-view.ts';
import { received, trendOf } from './trend.ts';
import { isUnproved, QUIET_MS, sum } from '../judge-figures.ts';
import { countText, durationText, numberText } from '../../../lib/words.ts';

/** What Chatwoot sent us, and what of it was refused. */
export function intakeTile(figures: OverviewFigures, now: Date): Tile {
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
