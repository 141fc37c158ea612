import type { Services } from '../../lib/services.server.ts';
import { readMutes } from '../alerts/adjust-rules.server.ts';
import type { Mute } from '../alerts/adjustments.ts';
import { readBackupState } from '../backup/backup-rows.server.ts';
import { backupTrouble } from '../backup/judge-backups.ts';
import { readSetAside } from '../facts/set-aside.server.ts';
import type { OverviewFigures } from './figures.ts';
import { lookedAfter, type SafetyNet } from './safety-nets.ts';
import { durationText, minuteWords } from '../../lib/time-words.ts';
import { countText } from '../../lib/words.ts';
import { IS_ALIVE } from '../processes/liveness.ts';

/** A net may fail for so long before it is told of: one round that meets a restart says nothing. */
const FAILS_FROM_MS = 60_000;
/** Chatwoot's own restart may make a comparison fail; ten minutes of it are no restart. */
const COMPARISON_FROM_MS = 10 * 60_000;
/** A message that was not accepted is told of for so long. */
const UNTOLD_FOR = '1 hour';

/** What was found missing is told of for so long. */
const FOUND_FOR = '1 hour';

interface NetRow {
  /** Loops and jobs that fail, in all processes that live, the longest first. */
  troubles: { name: string; forMs: number; cause: string }[] | null;
  /** Of the oldest webhook that the list of who waits has not read, seconds. */
  behind: number | null;
  /** The newest comparison with Chatwoot has failed, for so many seconds since its first try, and why. */
  comparing: { failingFor: number; detail: string | null } | null;
  /** What could not be compared with Chatwoot while the rest was. */
  uncompared: { n: number; conversation: string | null; detail: string } | null;
  /** The last canary failed so long ago, seconds. */
  canary: { failedFor: number; problem: string | null } | null;
  untold: number;
  /** Found missing lately and handed on. */
  found: { messages: number; at: string } | null;
  withheld: number;
}

/** Reads only what is small or indexed: newest rows, unfinished ones, processes. */
const NETS = `
SELECT
  (SELECT json_agg(t ORDER BY t."forMs" DESC) FROM (
    SELECT name, max("forMs") AS "forMs", max(cause) AS cause
    FROM processes, jsonb_to_recordset(troubles) AS x(name text, "forMs" double precision, cause text)
    WHERE ${IS_ALIVE} AND "forMs" >= $1 GROUP BY name) t) AS troubles,
  (SELECT extract(epoch FROM now() - e.received_at)::float8 FROM backlog_projection b, LATERAL (
    SELECT received_at FROM webhook_events WHERE seq > b.through_seq ORDER BY seq LIMIT 1) e) AS behind,
  (SELECT json_build_object('failingFor', extract(epoch FROM now() - r.started_at), 'detail', r.detail)
    FROM (SELECT DISTINCT ON (urgent) * FROM reconciliations ORDER BY urgent, id DESC) r WHERE r.state = 'failed'
    ORDER BY r.started_at LIMIT 1) AS comparing,
  (SELECT json_build_object('n', count(*), 'conversation', min(conversation_id)::text, 'detail', (array_agg(detail ORDER BY id))[1])
    FROM uncompared WHERE over_at IS NULL HAVING count(*) > 0) AS uncompared,
  (SELECT json_build_object('failedFor', extract(epoch FROM now() - c.started_at), 'problem', c.problem)
    FROM (SELECT * FROM canary_runs WHERE state = 'done' ORDER BY id DESC LIMIT 1) c
    WHERE c.outcome = 'failed' AND c.started_at > now() - interval '1 day') AS canary,
  (SELECT count(*)::int FROM notifications n WHERE state = 'failed' AND created_at > now() - interval '${UNTOLD_FOR}'
    AND channel->>'of' IS DISTINCT FROM 'subscriber'
    AND NOT EXISTS (SELECT FROM incidents i WHERE i.id = n.incident_id AND i.status IN ('open', 'acknowledged'))) AS untold,
  (SELECT json_build_object('messages', count(*), 'at', max(recovered_at)) FROM reconciled_messages
    WHERE recovered_at > now() - interval '${FOUND_FOR}' AND arrived_at IS NULL AND seq NOT IN (
      SELECT seq FROM withheld_messages WHERE decision IS DISTINCT FROM 'sent') HAVING count(*) > 0) AS found,
  (SELECT count(*)::int FROM withheld_messages WHERE decided_at IS NULL AND event = 'message_created' AND reason <> 'counting') AS withheld`;

/** What fails among the things that are to catch what fails, most urgent first; and what they have caught lately. */
export async function readSafetyNets({
  db,
  config,
}: Services): Promise<Pick<OverviewFigures, 'safetyNets' | 'foundMissing' | 'withheld'>> {
  const [{ rows }, aside, mutes, backups] = await Promise.all([
    db.pool.query<NetRow>({ name: 'overview-safety-nets', text: NETS, values: [FAILS_FROM_MS] }),
    readSetAside(db.pool),
    readMutes(db.pool, db.clock.now()),
    config.BACKUP_DIR ? readBackupState(db.pool) : null,
  ]);
  const row = rows[0]!;
  const troubles = row.troubles ?? [];
  const nets = [
    ...troubles.map(failingLoop),
    behind(row),
    comparing(row),
    uncompared(row),
    canary(row),
    untold(row),
    setAside(aside),
    muted([...mutes.values()]),
    backup(backups && backupTrouble(backups, { everyMs: config.BACKUP_INTERVAL, now: db.clock.now() })),
  ];
  return {
    safetyNets: nets.filter((net) => net !== null),
    withheld: row.withheld,
    foundMissing: row.found && { messages: row.found.messages, at: new Date(row.found.at) },
  };
}

const LOG = 'The log of the worker says more; tell whoever runs this app.';

function failingLoop({ name, forMs, cause }: { name: string; forMs: number; cause: string }): SafetyNet {
  return {
    id: `loop:${name}`,
    sentence: `${lookedAfter(name)}: it has failed for ${durationText(forMs)} (${cause}).`,
    cure: LOG,
  };
}

function muted(rules: Mute[]): SafetyNet | null {
  const last = rules.reduce<Mute | null>((a, b) => (a && a.until > b.until ? a : b), null);
  if (!last) return null;
  const who = `until ${minuteWords(last.until)} by ${last.mutedBy}: ${last.reason}`;
  return {
    id: 'muted',
    sentence:
      rules.length === 1
        ? `An alert rule is muted ${who}. If it fires, nobody is called.`
        : `${rules.length} alert rules are muted, the last ${who}. If they fire, nobody is called.`,
    cure: 'Unmute what is no longer known.',
    link: { to: '/alerts', label: 'Open Alert rules' },
  };
}

function behind({ behind: seconds, troubles }: NetRow): SafetyNet | null {
  if (seconds === null || seconds * 1000 < FAILS_FROM_MS) return null;
  // With its cause it is told of already.
  if (troubles?.some(({ name }) => name === 'backlog')) return null;
  return {
    id: 'projection',
    sentence: `The list of who waits is ${durationText(seconds * 1000)} behind the webhooks that arrived.`,
    cure: 'It catches up by itself when a worker runs and many arrived at once. Does it stay so, restart the worker.',
    link: { to: '/waiting', label: 'Open Customers waiting' },
  };
}

function comparing({ comparing: failed }: NetRow): SafetyNet | null {
  if (!failed || failed.failingFor * 1000 < COMPARISON_FROM_MS) return null;
  return {
    id: 'comparison',
    sentence: `Chatwoot could not be compared with what arrived for ${durationText(failed.failingFor * 1000)}${failed.detail ? ` (${failed.detail})` : ''}: messages may be missing.`,
    cure: 'See whether Chatwoot answers; the comparison goes on by itself.',
    link: { to: '/waiting#missing', label: 'See what was compared' },
  };
}

function uncompared({ uncompared: left }: NetRow): SafetyNet | null {
  if (!left) return null;
  const what =
    left.conversation === null
      ? 'A part of its list'
      : `Conversation ${left.conversation}${left.n > 1 ? ` and ${left.n - 1} more` : ''}`;
  return {
    id: 'uncompared',
    sentence: `${what} could not be compared with Chatwoot (${left.detail}): messages may be missing there.`,
    cure: 'Look at it in Chatwoot; each comparison tries again.',
    link: { to: '/waiting#missing', label: 'See what was compared' },
  };
}

function canary({ canary: failed }: NetRow): SafetyNet | null {
  if (!failed) return null;
  return {
    id: 'canary',
    sentence: `The last canary did not get through, ${durationText(failed.failedFor * 1000)} ago${failed.problem ? `: ${failed.problem}` : '.'}`,
    cure: 'Mend what it stopped at, and run it again.',
    link: { to: '/recovery#canary', label: 'Open the canary' },
  };
}

function untold({ untold: count }: NetRow): SafetyNet | null {
  if (count === 0) return null;
  return {
    id: 'untold',
    sentence: `${countText(count, 'message')} to the team ${count === 1 ? 'was' : 'were'} not accepted within the last hour.`,
    cure: 'Send a test over each channel, and call whoever has to know.',
    link: { to: '/contacts', label: 'Open the contacts' },
  };
}

function setAside({ count, newest }: Awaited<ReturnType<typeof readSetAside>>): SafetyNet | null {
  if (!newest) return null;
  const others = count > 1 ? ` and ${countText(count - 1, 'other')}` : '';
  return {
    id: 'set-aside',
    sentence: `Left out of ${newest.purpose}: ${newest.name}${others} (${newest.cause}). Everything else went on.`,
    cure: 'What was left out was delivered all the same. Look at its conversation in Chatwoot.',
  };
}

function backup(trouble: string | null): SafetyNet | null {
  return trouble === null
    ? null
    : {
        id: 'backup',
        sentence: trouble,
        cure: 'See to BACKUP_DIR, or make one by hand: npm run ops:backup -- --to FILE.',
        link: { to: '/health#backups', label: 'See the backups' },
      };
}
