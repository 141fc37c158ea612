import type { OpsStatus } from '../features/delivery/read-queue.server.ts';
import type { ReplayProgress } from '../features/delivery/replays/read-replays.server.ts';
import type { Ledger } from '../features/facts/ledger.ts';

/** What `ops:status -- --json` prints. */
export interface Status extends OpsStatus {
  at: Date;
  ledger: Ledger;
  /** Events without a delivery and deliveries without an event; above 0 something is wrong. */
  unmatched: number;
  replays: ReplayProgress[];
}

/** The status for a person at a terminal, the worst first. */
export function statusText(status: Status): string {
  const { ledger, breaker, deadLetters, processes } = status;
  const sum = `received ${ledger.received} = delivered ${ledger.delivered} + pending ${ledger.pending} + held ${ledger.held} + withheld ${ledger.withheld} + dead ${ledger.dead} + discarded ${ledger.discarded}`;
  const lines = [
    ['Ledger', `${sum} ${ledger.balanced ? '(balanced)' : '(DOES NOT BALANCE)'}`],
    ...(status.unmatched > 0
      ? [
          [
            '',
            `${status.unmatched} rows of webhook_events or deliveries have no counterpart in the other table`,
          ],
        ]
      : []),
    [
      'Fetched',
      ledger.reconciled === 0
        ? 'nothing that had not arrived'
        : `${ledger.reconciled} messages that had not arrived`,
    ],
    ['Spool', ledger.spooled === 0 ? 'empty' : `${ledger.spooled} webhooks wait to be imported`],
    ...(ledger.quarantined > 0
      ? [['Set aside', `${ledger.quarantined} webhooks, as files in spool/quarantine`]]
      : []),
    ['Agent service', breakerText(breaker)],
    ['Oldest waiting', status.oldestPendingSeconds === null ? 'none' : duration(status.oldestPendingSeconds)],
    ['Dead letters', `${deadLetters.open} open, ${deadLetters.lastHour} in the last hour`],
    ['Processes', processes.web + processes.worker === 0 ? 'none running' : counted(processes)],
    ...status.replays.map((replay) => ['Replay', replayText(replay)]),
  ];
  return lines.map(([name = '', text = '']) => `${name.padEnd(16)}${text}\n`).join('');
}

const counted = ({ web, worker }: OpsStatus['processes']) => `${web} taking webhooks, ${worker} delivering`;

function breakerText({ state, since, nextProbeAt }: OpsStatus['breaker']): string {
  if (state === 'closed') return `deliveries have been flowing since ${since.toISOString()}`;
  const next = nextProbeAt ? `, next try ${nextProbeAt.toISOString()}` : '';
  return `has not answered since ${since.toISOString()}: deliveries are held (breaker ${state}${next})`;
}

/** One line about a replay's progress; `waiting` and in flight together are "to go". */
export function replayText(replay: ReplayProgress): string {
  const { replayId, state, delivered, dead, skipped, waiting, inFlight, total, secondsLeft } = replay;
  const parts = [
    `${delivered} of ${total} delivered`,
    dead > 0 ? `${dead} died again` : '',
    skipped > 0 ? `${skipped} skipped` : '',
    waiting + inFlight > 0 ? `${waiting + inFlight} to go` : '',
    secondsLeft ? `about ${duration(secondsLeft)} left` : '',
  ];
  const reason = replay.stateReason ? ` ${replay.stateReason}` : '';
  return `${replayId} ${state}: ${parts.filter(Boolean).join(', ')}.${reason}`;
}

/** Seconds as a person says them: `40 s`, `12 min`, `3 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
