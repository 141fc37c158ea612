import type { Severity } from '../notify/severity.ts';

/** What a rule says of what was recorded. */
export interface Reading {
  rule: string;
  /** `unknown` neither fires nor clears. */
  state: 'firing' | 'ok' | 'unknown';
  severity: Severity | 'warning';
  /** Of the incident it opens; null: a warning, which opens none. */
  cause: string | null;
  /** Warnings: the cause whose open incident already says it, so that nobody is told twice. */
  related: string | null;
  /** Headline of the incident or the warning. */
  title: string;
  value: number | null;
  threshold: number | null;
  /** The numbers and the rule, for a person. */
  words: string;
  numbers: Record<string, unknown>;
  /** When what it says began, e.g. the first failed check; null: nothing is wrong, or not known. */
  firstBadAt: Date | null;
  /**
   * The moment that this was measured. Good readings of the same moment, or of moments less than `spacingMs` apart,
   * count once: recovery is judged by new evidence and not by how often somebody looks.
   */
  evidenceAt: Date | null;
  spacingMs: number;
  /** Unknown, but something failed: a recovery that had begun starts again. */
  breaksRecovery?: boolean;
}

/** Where an alert stands, as it is stored. */
export interface AlertState {
  rule: string;
  state: 'firing' | 'ok' | 'unknown';
  severity: Severity | 'warning';
  since: Date;
  firstBadAt: Date | null;
  okStreak: number;
  okSince: Date | null;
  evaluatedAt: Date;
  countedAt: Date | null;
  value: number | null;
  threshold: number | null;
  words: string;
  numbers: Record<string, unknown>;
  incidentId: number | null;
}

/** A component of the health check, as far as rules look at it. */
export interface ComponentFigures {
  name: string;
  label: string;
  state: 'up' | 'degraded' | 'down' | 'inconclusive' | 'unknown';
  since: Date;
  failures: number;
  firstFailedAt: Date | null;
  checkedAt: Date;
  detail: string | null;
}

/** Everything that the rules look at. */
export interface Figures {
  components: ComponentFigures[];
  /** Checks in a row in which nothing of the network answered; null: never checked. */
  network: { inconclusive: number; since: Date | null; checkedAt: Date } | null;
  /** Attempts of the window that came to a result, after an outage only those since the breaker closed. */
  attempts: { ok: number; failed: number; firstFailedAt: Date | null };
  breaker: {
    state: 'closed' | 'open' | 'half_open';
    since: Date;
    closedAt: Date | null;
    reason: string | null;
  };
  /** Dead letters of the hour that were neither replayed nor discarded. */
  deadLetters: number;
  backlog: BacklogFigures;
  /** Of the drill that is open, else 1: windows and clocks are divided by it. */
  speed: number;
}

/** What is known of the customers who wait; null: not known. */
export interface BacklogFigures {
  /** Of the conversations answered within the hour, seconds. */
  averageResponseSeconds: number | null;
  /** Open conversations whose first answer is later than the SLA allows. */
  slaBreaches: number | null;
  /** Customers in tickets kept by hand whose first answer is later than that; they are in none of the others. */
  breachesByHand: number;
}
