import type { ReplayPlan } from '../features/delivery/dead-letters/plan-replay.view.server.ts';
import { visible } from '../lib/visible.ts';
import { duration } from './status-text.ts';

/** A dry run for a person at a terminal. */
export function planText(plan: ReplayPlan): string {
  const { count, conversations, stale, ratePerSecond, estimatedSeconds, inOtherReplay, wouldSkip } = plan;
  const time =
    ratePerSecond === null || estimatedSeconds === null
      ? 'without a rate limit'
      : `at ${ratePerSecond} a second, about ${duration(estimatedSeconds)} if the Agent service keeps up`;
  const lines = [
    `Would replay ${count} dead letters of ${conversations} conversations, ${time}. Nothing was sent.`,
    inOtherReplay > 0 ? `${inOtherReplay} more are in another replay already.` : '',
    stale.any > 0
      ? `${stale.any} are outdated: a person has answered since in ${stale.answered}, resolved since in ${stale.resolved}, newer events delivered in ${stale.newerDelivered}.`
      : '',
    wouldSkip > 0 ? `${wouldSkip} would be skipped because a person has answered since.` : '',
    ...plan.sample.map(
      (entry) =>
        `  ${entry.id}  ${entry.receivedAt.toISOString()}  conversation ${entry.conversation ?? '-'}  ${visible(entry.cause ?? entry.event)}${entry.answeredSince ? '  answered since' : ''}`,
    ),
    count > plan.sample.length ? `  … and ${count - plan.sample.length} more` : '',
  ];
  return lines.filter(Boolean).join('\n');
}
