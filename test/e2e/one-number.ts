import { JSDOM } from 'jsdom';
import { until } from '../support/until.ts';

/** Everything that speaks of an outage, read as somebody with a browser and no JavaScript does. */
const PAGES = [
  '/',
  '/incidents',
  '/incidents/1',
  '/incidents/1?tab=timeline',
  '/incidents/1?tab=told',
  '/incidents/1/recovery',
  '/incidents/1/report',
  '/incidents/1/update',
  '/waiting',
  '/recovery',
  '/tickets',
  '/delivery',
  '/health',
  '/fallback',
  '/search',
  '/dead-letters/replay?scope=all',
  '/dead-letters/discard?scope=all',
  '/waiting?show=unassigned',
  '/tickets/templates',
  '/tickets/import',
  '/tickets/merge',
  '/settings',
  '/alerts',
  '/contacts',
  '/drill',
  '/people',
  '/audit',
  '/account',
  '/status-page',
];

/** What happened, said with the figures of then. */
const OF_THEN =
  'script, style, #timeline, #events, #since, #told, #over-time, #document, #audit, .oc-timeline, .oc-notice-region, .oc-sandbox, #handed';

/** A thing, and the words that give its number wherever they stand. */
const SAID: readonly [thing: string, words: RegExp][] = [
  ['customers who wait', /(\d[\d,]*) customers? waits? for an answer/g],
  ['open incidents', /(\d[\d,]*) open incidents?/g],
  ['dead letters', /(\d[\d,]*) (?:open )?dead letters?(?! in a replay)/g],
  ['messages held', /(\d[\d,]*) messages? from \d[\d,]* customers? (?:is|are) held/g],
  ['customers whose messages are held', /\d[\d,]* messages? from (\d[\d,]*) customers? (?:is|are) held/g],
];

/** The same where the number stands apart from its words. */
const SHOWN: readonly [thing: string, selector: string][] = [
  ['customers who wait', '.oc-count-waiting'],
  ['open incidents', '.oc-count-incidents'],
  ['tickets without an answer', '.oc-count-tickets'],
  ['things to restore', '.oc-count-recovery'],
];

interface Claim {
  thing: string;
  says: string;
  where: string;
}

function claimsOf(path: string, html: string): Claim[] {
  const { document } = new JSDOM(html).window;
  const claims: Claim[] = [];
  const add = (thing: string, says: string, words: string) =>
    claims.push({ thing, says, where: `${path}: “${words.replaceAll(/\s+/g, ' ').trim().slice(0, 90)}”` });
  for (const [thing, selector] of SHOWN)
    for (const found of document.querySelectorAll(selector))
      add(thing, /\d[\d,]*/.exec(found.textContent)?.[0] ?? '', found.textContent);
  for (const figure of document.querySelectorAll('#ledger dl > div, #lost dl > div, #ledger tr')) {
    const [words, n] = [...figure.children].map(({ textContent }) => textContent.trim());
    if (words && n && /^\d[\d,]*$/.test(n)) add(`ledger: ${words.toLowerCase()}`, n, figure.textContent);
    if (words === 'dead letters') add('dead letters', n ?? '', figure.textContent);
  }
  const strip = document.querySelector('.oc-strip-state');
  for (const time of strip?.querySelectorAll('time') ?? [])
    add('clock of the strip', time.dateTime, strip!.textContent);
  add('state', document.title.split(' · ')[0]!, document.title);
  add('state', strip?.querySelector('.oc-strip-word')?.textContent.trim() ?? '', 'strip');
  for (const past of document.querySelectorAll(OF_THEN)) past.remove();
  // What ends one block and what begins the next are no sentence together.
  for (const inline of document.querySelectorAll('span, small, a')) inline.append(' ');
  for (const block of document.querySelectorAll('p, li, td, th, dt, dd, h1, h2, h3, div, button, summary'))
    block.append(' | ');
  const text = document.body.textContent.replaceAll(/\s+/g, ' ');
  for (const [thing, words] of SAID)
    for (const found of text.matchAll(words))
      add(thing, found[1]!, text.slice(Math.max(0, found.index - 30), found.index + 60));
  return claims;
}

/** What two places say differently of one thing, a line for each thing. */
function contradictions(claims: readonly Claim[]): string[] {
  return [...Map.groupBy(claims, ({ thing }) => thing)].flatMap(([thing, all]) => {
    const said = Map.groupBy(all, ({ says }) => says);
    if (said.size < 2) return [];
    return [`${thing}: ${[...said].map(([says, [first]]) => `${says} at ${first!.where}`).join('; ')}`];
  });
}

/**
 * Reads every page and finds no two different numbers for one thing. While something is counted two pages may be of two
 * moments, so it looks again for a while.
 * @returns how often each thing was said
 */
export async function saysOneNumber(
  state: string,
  read: (path: string) => Promise<string>,
): Promise<Record<string, number>> {
  let found: Claim[] = [];
  let wrong: string[] = [];
  await until(
    'all pages agree',
    async () => {
      found = [];
      for (const path of PAGES) found.push(...claimsOf(path, await read(path)));
      wrong = contradictions(found);
      return wrong.length === 0;
    },
    30_000,
  ).catch(() => {
    throw new Error(`${state}: ${wrong.join('\n')}`);
  });
  return Object.fromEntries(
    [...Map.groupBy(found, ({ thing }) => thing)].map(([thing, all]) => [thing, all.length]),
  );
}
