import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { inTransactionUnlessAway, type DatabaseAway } from '../../lib/transaction-unless-away.server.ts';
import { storableText } from '../../lib/storable.ts';
import type { Actor } from '../audit/actor.ts';
import { lockMode, type ModeRow } from './fallback-row.server.ts';
import type { FallbackOptions } from './fallback-options.ts';
import { switchOff } from './switch-off.server.ts';
import { switchOn } from './switch-on.server.ts';

export interface ToggleRequest {
  to: 'on' | 'off';
  reason: string;
  /** For switching on; nothing but pause and notice when left out. */
  options?: FallbackOptions;
  /** Switches off though the restore checklist is open. */
  overrideReason?: string;
  /** Judges the restore checklist, asked only for switching off, and within its transaction: a check that fails meanwhile counts. */
  restoreGate: (client: pg.ClientBase) => Promise<{ open: boolean; items: string[] }>;
  actor: Actor;
  /** The alert rule that does it by itself. */
  rule?: string;
  now: Date;
  /** What the change was decided on; any when left out, as on the command line. */
  version?: number;
}

/** Where nothing stands in the way of switching off. */
export const NO_CHECKLIST: ToggleRequest['restoreGate'] = () => Promise.resolve({ open: false, items: [] });

export type ToggleOutcome =
  | {
      outcome: 'switched';
      state: 'on' | 'off';
      version: number;
      runId: number;
      held: number;
      skipped: number;
    }
  /** It is so already, or somebody changed it meanwhile. */
  | { outcome: 'not_switched'; state: 'on' | 'off'; version: number; since: string | null; by: string | null }
  | { outcome: 'reason_missing' }
  | { outcome: 'checklist_open'; items: string[] }
  | DatabaseAway;

/**
 * Switches fallback mode. On: nothing is delivered any more, webhooks are stored as ever. Off: messages that a person has
 * answered are left out, the rest goes out in order. That much is one transaction; everything outside this app is put down
 * as steps, which the tick does one by one.
 */
export async function toggleFallback(services: Services, request: ToggleRequest): Promise<ToggleOutcome> {
  const reason = storableText(request.reason.trim(), 500);
  if (!reason) return { outcome: 'reason_missing' };
  const outcome = await inTransactionUnlessAway(services.db, (client) =>
    toggle(client, { ...request, reason }),
  );
  if (outcome.outcome === 'switched') {
    services.changes.announce('work');
    services.changes.announce('page');
  }
  return outcome;
}

async function toggle(client: pg.PoolClient, request: ToggleRequest): Promise<ToggleOutcome> {
  const mode = await lockMode(client);
  const stale = request.version !== undefined && request.version !== mode.version;
  if (mode.state === request.to || stale) return notSwitched(mode);
  if (request.to === 'on') return switchOn(client, request);
  const { open, items } = await request.restoreGate(client);
  const override = request.overrideReason && storableText(request.overrideReason.trim(), 500);
  if (open && !override) return { outcome: 'checklist_open', items };
  const overridden = open ? { override: override!, openItems: items } : { override: null, openItems: [] };
  return switchOff(client, { ...request, ...overridden, runId: mode.runId! });
}

function notSwitched(mode: ModeRow): ToggleOutcome {
  const { state, version, changedAt, changedBy } = mode;
  return { outcome: 'not_switched', state, version, since: changedAt?.toISOString() ?? null, by: changedBy };
}
