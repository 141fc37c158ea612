import type { WaitingFigures } from '../../waiting/waiting-view.ts';
import { countedText, customersWaiting } from '../../waiting/customers-waiting.ts';
import type { OverviewFigures } from '../figures.ts';
import { LINKS } from '../overview-words.ts';
import type { Tile, Tone } from '../overview-view.ts';
import { durationText, numberText } from '../../../lib/words.ts';

/** Customers who wait for an answer of a person, and whether they wait longer than they should. */
export function waitingTile({ outage: { waiting } }: OverviewFigures, now: Date): Tile {
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
