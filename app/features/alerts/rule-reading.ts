import type { Severity } from '../../lib/severity.ts';
import type { BackupState } from '../backup/judge-backups.ts';
import type { Adjustments } from './adjustments.ts';

/** What a rule says of what was recorded. */
export interface RuleReading {
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
export interface RuleFigures {
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
  backlog: RuleWaitingFigures;
  arrival: ArrivalFigures;
  /** What admins changed of the rules. */
  adjustments: Adjustments;
  /** Null: none are made by the clock. */
  backup: BackupState | null;
  /** Of the drill that is open, else 1: windows and clocks are divided by it. */
  speed: number;
}

/** What is known of the customers who wait; null: not known. */
export interface RuleWaitingFigures {
  /** Of the conversations answered within the hour, seconds. */
  averageResponseSeconds: number | null;
  /** Open conversations whose first answer is later than the SLA allows. */
  slaBreaches: number | null;
  /** Customers in tickets kept by hand whose first answer is later than that; they are in none of the others. */
  breachesByHand: number;
}

/** What is known of the way from Chatwoot to us, see app/features/arrival. */
export interface ArrivalFigures {
  /** Connected, so that webhooks are to be expected. */
  expected: boolean;
  /** Since when a webhook shows that they arrive; null: not proved yet. */
  provedAt: Date | null;
  /** When the last webhook of a message came. */
  lastWebhookAt: Date | null;
  /** The last look at Chatwoot's newest, and the newest message that it showed. */
  lookedAt: Date | null;
  newestAt: Date | null;
  /** Looks that fail, since when and why. */
  failingSince: Date | null;
  problem: string | null;
  /** Fallback mode keeps webhooks to a minimum on purpose. */
  narrowed: boolean;
  /** The first message that no webhook told of, and when a second look confirmed it. */
  silentSince: Date | null;
  confirmedAt: Date | null;
  missed: { messages: number; customers: number };
  cause: { kind: string; sentence: string; cure: string; registerAgain: boolean } | null;
  /** As read last; null: not yet. `fault` null: as it should be. */
  registration: { ok: boolean; fault: string | null; evidence: string; nextStep: string | null } | null;
  registrationAt: Date | null;
  /** It was as it should be once. */
  registered: boolean;
  badSince: Date | null;
  badConfirmed: boolean;
  /** From `created_at` to the webhook, of the messages of the last minutes; null: none came. */
  delay: { messages: number; p50: number; p95: number } | null;
  /** Refused for signature or token: since the last webhook that was accepted, or within ten minutes. */
  refused: { count: number; firstAt: Date | null; lastAt: Date | null; acceptedAt: Date | null };
}

/** What decides whether a check still says how things are. */
export interface StaleSettings {
  HEALTH_CHECK_INTERVAL: number;
  HEALTH_TIMEOUT: number;
}

/**
 * Older than two check intervals and the time that a check itself may take: nobody has looked since.
 * @param speed of a drill, whose checks come so much faster
 */
export function isStale(checkedAt: Date, settings: StaleSettings, now: Date, speed = 1): boolean {
  const { HEALTH_CHECK_INTERVAL: interval, HEALTH_TIMEOUT: timeout } = settings;
  return now.getTime() - checkedAt.getTime() > (2 * interval) / speed + 2 * timeout;
}
