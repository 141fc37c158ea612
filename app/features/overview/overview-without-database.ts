import type { Config } from '../../lib/settings/config.ts';
import type { DatabaseStatus, TroubleKind } from '../../lib/database/trouble.ts';
import type { IntakeStatus } from '../intake/intake.ts';
import { intakeWarnings } from './decide-warnings.ts';
import type { NextStep, Overview, Range, OverviewVerdict } from './overview-view.ts';
import { unknownTiles } from './tiles/tiles.ts';
import { durationText } from '../../lib/time-words.ts';
import { countText } from '../../lib/words.ts';

export type Unreachable = Pick<DatabaseStatus, 'state' | 'since' | 'trouble'>;

/** What the page is headed with when it is not simply away. */
const WORDS: Partial<Record<TroubleKind, string>> = {
  read_only: 'Database read-only',
  too_many_connections: 'Database full',
  disk_full: 'Database full',
  password: 'Database refuses the app',
  no_rights: 'Database refuses the app',
  no_database: 'Database missing',
};

/**
 * The page while the database does not answer: what this process knows by itself, and unknown for all the rest.
 * @param database how the connection stands; `up` when a statement failed a moment after it was checked
 */
export function overviewWithoutDatabase(
  config: Pick<Config, 'connection'>,
  intake: IntakeStatus,
  database: Unreachable,
  { range, now }: { range: Range; now: Date },
): Overview {
  const figures = {
    lastReceivedAt: null,
    open: intake.open,
    credentials: intake.credentials,
    spooled: intake.spooled,
    spooledSince: intake.spooledSince,
    spoolInUse: intake.inUse,
    quarantined: intake.quarantined,
    rejected: [],
    late: intake.late,
  };
  // The minutes are in the database.
  const warnings = intakeWarnings(figures, '');
  return {
    at: now.toISOString(),
    configured: config.connection !== null,
    verdict: verdictOf(intake, database, now),
    nextStep: nextStepOf(database),
    incident: null,
    otherIncidents: [],
    warnings,
    people: null,
    gaps: null,
    fallbackOn: null,
    tiles: unknownTiles(),
    range,
    chart: [],
    ledger: null,
    ledgerCheck: null,
    replays: [],
    events: [],
  };
}

function verdictOf(
  { spooled }: IntakeStatus,
  { state, since, trouble }: Unreachable,
  now: Date,
): OverviewVerdict {
  const kept =
    spooled === 0
      ? 'New webhooks go to the spool file on disk; none has come so far'
      : `New webhooks are safe in the spool file on disk: ${countText(spooled, 'webhook')} so far`;
  if (state === 'starting' && !trouble) {
    const sentence = `The database has not been reached yet, so nothing is known about deliveries. ${kept}.`;
    return { tone: 'unknown', word: 'Starting', sentence, since: since.toISOString() };
  }
  const duration = state === 'up' ? '' : ` for ${durationText(now.getTime() - since.getTime())}`;
  const reached = trouble?.kind === 'read_only' ? 'could not write to' : 'has not reached';
  const sentence = [
    trouble && `${trouble.sentence} `,
    `This page ${reached} its database${duration}, so it does not know about deliveries. ${kept}.`,
  ];
  return {
    tone: 'critical',
    word: (trouble && WORDS[trouble.kind]) ?? 'Database away',
    sentence: sentence.filter(Boolean).join(''),
    since: state === 'up' ? null : since.toISOString(),
  };
}

function nextStepOf({ state, trouble }: Unreachable): NextStep {
  if (trouble) return { sentence: `${trouble.cure} Nothing needs to be sent again by hand.` };
  if (state === 'starting') return { sentence: 'Wait a moment: the page continues by itself.' };
  return {
    sentence:
      'Check PostgreSQL: it is the one of DATABASE_URL, or the app’s own in DATA_DIR, which it starts again by itself. Nothing needs to be sent again by hand.',
  };
}
