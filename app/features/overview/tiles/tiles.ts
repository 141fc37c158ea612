import { agentTile } from './agent-tile.ts';
import { backlogTile, deadLettersTile, successTile } from './delivery-tiles.ts';
import type { OverviewFigures } from '../figures.ts';
import { chatwootTile } from './health-tile.ts';
import { intakeTile } from './intake-tile.ts';
import type { Tile } from '../overview-view.ts';
import { waitingTile } from './waiting-tile.ts';

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
