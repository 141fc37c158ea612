import type { IncidentStatus, LadderRow, TimelineLine } from '../../features/incidents/incident-view.ts';
import type { Severity } from '../../lib/severity.ts';
import type { Tone } from '../../features/overview/overview-view.ts';

/** How bad a severity is, for icon and colour; the word stands beside them. */
export const SEVERITY_TONE: Record<Severity, Tone> = { P0: 'critical', P1: 'critical', P2: 'warning' };

export const SEVERITY_WORD: Record<Severity, string> = { P0: 'Critical', P1: 'High', P2: 'Medium' };

/** How an incident stands: an alert that has cleared is no end, a person says when it is over. */
export function statusOf(incident: { status: IncidentStatus; recoveredAt: string | null }): {
  tone: Tone;
  word: string;
} {
  switch (incident.status) {
    case 'merged':
      return { tone: 'unknown', word: 'Merged' };
    case 'resolved':
      return { tone: 'good', word: 'Resolved' };
    case 'open':
    case 'acknowledged':
      if (incident.recoveredAt) return { tone: 'info', word: 'Recovered, not resolved yet' };
      return incident.status === 'open'
        ? { tone: 'critical', word: 'Nobody is on it' }
        : { tone: 'warning', word: 'Being worked on' };
  }
}

const CAUSES: Record<string, string> = {
  chatwoot: 'Chatwoot',
  delivery: 'Delivery to the Agent service',
  intake: 'Webhook intake',
  network: 'This app’s own network',
};

/** What has failed: `chatwoot` → "Chatwoot". */
export function causeName(cause: string): string {
  if (cause.startsWith('target:')) return cause.slice('target:'.length);
  if (cause.startsWith('manual:')) return 'Opened by hand';
  return Object.hasOwn(CAUSES, cause) ? CAUSES[cause]! : cause;
}

export const LADDER_STATE: Record<LadderRow['state'], { tone: Tone; word: string }> = {
  told: { tone: 'good', word: 'Told' },
  next: { tone: 'warning', word: 'Next' },
  waiting: { tone: 'unknown', word: 'Later' },
  stopped: { tone: 'info', word: 'Not told: somebody is on it' },
  gap: { tone: 'critical', word: 'Nobody to tell' },
  cancelled: { tone: 'unknown', word: 'Not needed any more' },
};

/** Where a line of the timeline comes from. */
export const SOURCE_WORD: Record<TimelineLine['source'], string> = {
  probe: 'Health check',
  alert: 'Alert',
  escalation: 'Escalation',
  notification: 'Notification',
  person: 'Person',
  guide: 'Guide',
  fallback: 'Fallback',
  replay: 'Replay',
  system: 'System',
};
