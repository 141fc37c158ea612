import type { DrillAct, DrillSummary } from '../../../features/drill/drill-view.ts';
import type { Measured } from '../../../features/drill/durations.ts';
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
  fallback: { title: 'Fallback mode', missing: 'Not switched on' },
  recovery: { title: 'Recovery', missing: 'Not recovered' },
};

export const ACT_WORDS: Record<DrillAct, { button: string; did: string }> = {
  acknowledge: { button: 'Acknowledge', did: 'Acknowledge' },
  fallback_on: { button: 'Switch fallback mode on', did: 'Fallback mode on' },
  fallback_off: { button: 'Switch fallback mode off', did: 'Fallback mode off' },
  repair: { button: 'Repair the cause', did: 'Repair' },
  end: { button: 'End the drill', did: 'End' },
};

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
