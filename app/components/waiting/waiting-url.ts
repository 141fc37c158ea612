import type { WaitingListWish } from '../../features/backlog/waiting-view.ts';
import type { WaitingRange } from './waiting-ranges.ts';

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
