import type pg from 'pg';
import type { Config } from '../../lib/settings/config.ts';
import type { OpenDrill } from '../incidents/incident-row.server.ts';
import { recordTimeline } from '../incidents/record-timeline.server.ts';
import { environmentAddressees, fanOut } from '../notify/recipient.ts';
import type { Message, QueuedMessage } from '../notify/message.ts';
import { queueNotifications } from '../notify/queue-notifications.server.ts';
import type { AlertDecision } from './decide-alert.ts';
import type { AlertState, RuleReading } from './rule-reading.ts';

interface Context {
  config: Config;
  now: Date;
  drill: OpenDrill | null;
}

interface Judged {
  reading: RuleReading;
  before: AlertState | null;
  decision: AlertDecision;
}

/**
 * Warnings open no incident: the environment's channels are told once, and once more when it is over. While an incident
 * of the same cause is open its timeline says it, and nobody is told twice.
 */
export async function tellWarnings(
  client: pg.PoolClient,
  context: Context,
  judged: readonly Judged[],
): Promise<void> {
  for (const { reading, before, decision } of judged) {
    if (reading.severity !== 'warning' || !decision.change) continue;
    const fired = decision.change === 'fired';
    const since = fired ? decision.next.since : before!.since;
    const thread = `warning-${reading.rule}-${since.getTime()}`;
    const incidentId = await openIncidentOf(client, reading.related);
    if (incidentId !== null)
      await recordTimeline(client, {
        incidentId,
        at: context.now,
        source: 'alert',
        kind: `warning_${decision.change}`,
        text: `${fired ? 'Warning' : 'Warning over'}: ${reading.words}`,
      });
    if (fired ? incidentId !== null : !(await wasTold(client, thread))) continue;
    await queueNotifications(client, messagesOf(reading, thread, fired, context), context.now);
  }
}

async function openIncidentOf(client: pg.PoolClient, cause: string | null): Promise<number | null> {
  if (cause === null) return null;
  const { rows } = await client.query<{ id: number }>(
    "SELECT id FROM incidents WHERE cause = $1 AND status IN ('open', 'acknowledged')",
    [cause],
  );
  return rows[0]?.id ?? null;
}

async function wasTold(client: pg.PoolClient, thread: string): Promise<boolean> {
  const { rows } = await client.query('SELECT 1 FROM notifications WHERE thread = $1 LIMIT 1', [thread]);
  return rows.length > 0;
}

function messagesOf(
  reading: RuleReading,
  thread: string,
  fired: boolean,
  { config, now, drill }: Context,
): QueuedMessage[] {
  const kind = fired ? 'warning' : 'warning_cleared';
  const message: Message = {
    kind,
    severity: fired ? 'warning' : 'info',
    title: fired ? reading.title : `Over: ${reading.title}`,
    sentence: reading.words,
    facts: [{ label: 'Rule', value: reading.rule }],
    link: '/alerts',
    at: now.toISOString(),
  };
  return fanOut(
    { key: `${thread}:${kind}`, thread, incidentId: null, message, drill: drill?.notify ?? null },
    environmentAddressees(config),
  );
}
