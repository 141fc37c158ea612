import type { DrillAct, DrillDetail } from './drill-view.ts';

/** Where a drill stands, in a sentence, and what people may do in it. */
export interface NextMove {
  sentence: string;
  /** What the runbook asks for now. */
  suggested: DrillAct | null;
  possible: DrillAct[];
}

/** @param waitedMs since it was asked for */
export function nextMove(drill: DrillDetail, waitedMs: number): NextMove {
  switch (drill.state) {
    case 'requested':
      return {
        sentence:
          waitedMs < 15_000
            ? 'A worker takes it within a second.'
            : 'No worker has taken it yet. See that a process with ROLE=all or ROLE=worker runs.',
        suggested: null,
        possible: ['end'],
      };
    case 'starting':
      return {
        sentence: 'The sandbox is set up and proves that it works; then the outage begins.',
        suggested: null,
        possible: ['end'],
      };
    case 'done':
    case 'aborted':
    case 'failed':
      return { sentence: drill.endReason ?? '', suggested: null, possible: [] };
    case 'running':
      return running(drill);
  }
}

function running(drill: DrillDetail): NextMove {
  const fallback = drill.progress?.fallback ?? 'off';
  const possible: DrillAct[] = [];
  if (drill.detectedAt && !drill.acknowledgedAt) possible.push('acknowledge');
  const canPublish = !drill.publishedAt && Boolean(drill.progress?.publicText);
  if (canPublish) possible.push('publish');
  possible.push(fallback === 'on' ? 'fallback_off' : 'fallback_on');
  if (!drill.repairedAt) possible.push('repair');
  possible.push('end');
  const move = (sentence: string, suggested: DrillAct | null): NextMove => ({
    sentence,
    suggested,
    possible,
  });

  if (!drill.detectedAt)
    return move(
      'The outage has begun. This app has not noticed it yet: it checks as often as for real.',
      null,
    );
  if (!drill.acknowledgedAt)
    return move('It is noticed, and nobody is on it. Acknowledge it.', 'acknowledge');
  if (canPublish && !drill.repairedAt)
    return move(
      'Somebody is on it, and customers have not been told. Publish the ready text: it is below.',
      'publish',
    );
  if (!drill.fallbackAt)
    return move(
      'Somebody is on it. Switch fallback mode on, so that customers get an answer.',
      'fallback_on',
    );
  if (!drill.repairedAt)
    return move(
      drill.repairAfter === null
        ? 'People answer by hand. Repair the cause when you have found it.'
        : `People answer by hand. The cause repairs itself after ${drill.repairAfter} drill minutes, or with a click.`,
      'repair',
    );
  if (!drill.recoveredAt)
    return move(
      'The cause is repaired. Several good checks in a row are needed before it counts as over.',
      null,
    );
  return move('Recovered. Switch fallback mode off: what waits goes out then.', 'fallback_off');
}
