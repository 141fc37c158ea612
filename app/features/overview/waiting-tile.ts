import type { WaitingSample } from '../backlog/waiting-view.ts';
import type { Figures } from './figures.ts';
import { LINKS } from './links.ts';
import type { Tile, Tone, TrendPoint } from './overview.ts';
import { durationText, numberText } from './words.ts';

/** Customers who wait for an answer of a person, and whether they wait longer than they should. */
export function waitingTile({ outage: { waiting } }: Figures, now: Date): Tile {
  const { known, oldestSince, unassigned, forecast } = waiting.figures;
  const shared = {
    id: 'waiting',
    title: 'Customers waiting',
    link: LINKS.waiting,
    trend: trendOfSamples(waiting.samples),
  } as const;
  const count = waiting.figures.waiting ?? 0;
  const breached = waiting.figures.breached ?? 0;
  if (!known)
    return {
      ...shared,
      tone: 'unknown',
      word: 'Unknown',
      figure: 'Unknown',
      details: ['Webhooks not read yet'],
    };
  const details = [];
  if (oldestSince) details.push(`Longest ${durationText(now.getTime() - Date.parse(oldestSince))}`);
  if (unassigned) details.push(`${numberText(unassigned)} taken by nobody`);
  if (forecast && forecast.ifNobodyAnswers > 0)
    details.push(
      `${numberText(forecast.ifNobodyAnswers)} more past the target within the hour if nobody answers`,
    );
  if (count === 0) details.push('Everybody has an answer');
  const [tone, word]: [Tone, string] =
    breached > 0
      ? ['warning', `${numberText(breached)} past the target`]
      : ['good', count === 0 ? 'Nobody waits' : 'Within the target'];
  return { ...shared, tone, word, figure: `${numberText(count)} waiting`, details };
}

/** Sixty minutes as thirty points, the more of each two; what was not measured stays unknown. */
function trendOfSamples(samples: readonly WaitingSample[]): TrendPoint[] {
  const points: TrendPoint[] = [];
  for (let index = 0; index < samples.length; index += 2) {
    const measured = samples.slice(index, index + 2).flatMap(({ waiting }) => waiting ?? []);
    points.push({ at: samples[index]!.at, value: measured.length === 0 ? null : Math.max(...measured) });
  }
  return points;
}
