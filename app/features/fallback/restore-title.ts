import type { FallbackStep } from './fallback-view.ts';

/** What taking a step back is called, in the plan and on the list of what happened. */
export function restoreTitle({ kind, title }: Pick<FallbackStep, 'kind' | 'title'>): string {
  if (kind === 'webhook') return 'Chatwoot sends webhooks again';
  return `${title.replace(/^Out-of-office message on/, 'Hours and message of')} as before`;
}
