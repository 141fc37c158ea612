import type { DrillAct, DrillDetail, DrillSummary } from '../../../features/drill/drill-view.ts';
import { type Measured, PUBLIC_TEXT_MS, publicTextAfter } from '../../../features/drill/durations.ts';
import type { Tone } from '../../../features/overview/overview-view.ts';

/** A time by the drill's clock: `45 s`, `5 min 38 s`, `1 h 4 min`. */
export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  const parts =
    minutes < 60
      ? [`${minutes} min`, seconds % 60 > 0 && `${seconds % 60} s`]
      : [`${Math.floor(minutes / 60)} h`, minutes % 60 > 0 && `${minutes % 60} min`];
  return parts.filter(Boolean).join(' ');
}

export const MEASURED_WORDS: Record<Measured, { title: string; missing: string }> = {
  detection: { title: 'Detection', missing: 'Not noticed' },
  acknowledgement: { title: 'Acknowledgement', missing: 'Nobody acknowledged' },
  publicText: { title: 'First public text', missing: 'Nobody published' },
  fallback: { title: 'Fallback mode', missing: 'Not switched on' },
  recovery: { title: 'Recovery', missing: 'Not recovered' },
};

export const ACT_WORDS: Record<DrillAct, { button: string; did: string }> = {
  acknowledge: { button: 'Acknowledge', did: 'Acknowledge' },
  publish: { button: 'Publish the ready text', did: 'Publish the text' },
  fallback_on: { button: 'Switch fallback mode on', did: 'Fallback mode on' },
  fallback_off: { button: 'Switch fallback mode off', did: 'Fallback mode off' },
  repair: { button: 'Repair the cause', did: 'Repair' },
  end: { button: 'End the drill', did: 'End' },
};

/**
 * Whether customers were told in time, and what to do where nobody told them; null: it was not noticed, or the drill is of a
 * version without it.
 */
export function publicTextVerdict(
  drill: DrillDetail,
  now: number,
): { tone: Tone; word: string; sentence: string } | null {
  const { detectedAt, publishedBy, endedAt, progress } = drill;
  if (detectedAt === null || !progress?.publicText) return null;
  const bound = spanText(PUBLIC_TEXT_MS);
  const after = publicTextAfter(drill);
  if (after !== null) {
    const inTime = after <= PUBLIC_TEXT_MS;
    return {
      tone: inTime ? 'good' : 'warning',
      word: inTime ? `Within ${bound}` : `Later than ${bound}`,
      sentence: `${publishedBy} published the first text for customers ${spanText(after)} after the deciding check. It is to be there within ${bound}.`,
    };
  }
  if (endedAt !== null)
    return {
      tone: 'warning',
      word: 'Nobody published',
      sentence: `Customers were told nothing; a text is to be there within ${bound} of the deciding check. In the next drill press “${ACT_WORDS.publish.button}” as soon as the incident opens; for real it is “Publish an update” on the incident.`,
    };
  const left = PUBLIC_TEXT_MS - Math.max(0, now - Date.parse(detectedAt));
  return left >= 0
    ? {
        tone: 'info',
        word: 'Not published yet',
        sentence: `${spanText(left)} left of the ${bound} after the deciding check.`,
      }
    : {
        tone: 'warning',
        word: 'Not published yet',
        sentence: `It is ${spanText(-left)} later than ${bound} after the deciding check. One click publishes the text below.`,
      };
}

/** How a drill stands. */
export function drillState(drill: DrillSummary): { tone: Tone; word: string } {
  switch (drill.state) {
    case 'requested':
      return { tone: 'info', word: 'Waiting to begin' };
    case 'starting':
      return { tone: 'info', word: 'Being set up' };
    case 'running':
      return drill.recoveredAt
        ? { tone: 'info', word: 'Recovered' }
        : { tone: 'warning', word: 'Outage practised now' };
    case 'done':
      return { tone: 'good', word: 'Completed' };
    case 'aborted':
      return { tone: 'unknown', word: 'Aborted' };
    case 'failed':
      return { tone: 'critical', word: 'Failed' };
  }
}

export const speedText = (speed: number): string => `×${speed}`;

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
