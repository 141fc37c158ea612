import type { WaitingListWish } from '../../features/waiting/waiting-view.ts';

/** Address of the page with what is looked at; what is the default is left out. */
export function waitingUrl(wish: WaitingListWish & { range: WaitingRange }, hash = ''): string {
  const params = new URLSearchParams();
  if (wish.sort !== 'risk') params.set('sort', wish.sort);
  if (wish.filter !== 'all') params.set('show', wish.filter);
  if (wish.page > 1) params.set('page', String(wish.page));
  if (wish.range !== '1h') params.set('range', wish.range);
  const query = params.toString();
  return `/waiting${query && `?${query}`}${hash && `#${hash}`}`;
}

/** How far the chart of those who wait reaches back. */
export const WAITING_RANGES = {
  '1h': { hours: 1, words: '1 hour' },
  '24h': { hours: 24, words: '24 hours' },
  '7d': { hours: 168, words: '7 days' },
} as const;

export type WaitingRange = keyof typeof WAITING_RANGES;
