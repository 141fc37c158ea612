import type pg from 'pg';
import { inTransaction } from '../../../lib/database/transaction.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { readOpenDrill } from '../../incidents/incident-row.server.ts';
import { CHANNEL_WORDS } from '../../notify/channel.ts';
import { environmentAddressees, fanOut } from '../../notify/recipient.ts';
import type { Message } from '../../notify/message.ts';
import { queueNotifications } from '../../notify/queue-notifications.server.ts';
import { type ClaimedStep, finishStep, type FallbackStepResult } from './claim-step.server.ts';

const NOBODY: FallbackStepResult = {
  outcome: 'failed',
  result:
    'Nobody was told: no channel is configured (such as SLACK_WEBHOOK_URL, SMTP_URL, NOTIFY_WEBHOOK_URL). Copy the text below into Slack, #support.',
};

/** What the step says once its notice is queued. @param kinds of the channels that it goes to */
export const noticeResult = (kinds: readonly string[]): FallbackStepResult =>
  kinds.length > 0
    ? {
        outcome: 'done',
        result: `Put into the outbox for ${channelWords(kinds)}; what became of it is below.`,
      }
    : NOBODY;

/** Puts the notice into the outbox in the transaction that marks the step done: it is queued once, whenever killed. */
export async function giveNotice(services: Services, step: ClaimedStep, now: Date): Promise<void> {
  // PagerDuty wakes people for incidents; this one is news for those who are awake.
  const told = environmentAddressees(services.config).filter(({ channel }) => channel.kind !== 'pagerduty');
  await inTransaction(services.db.pool, async (client) => {
    const result = noticeResult(told.map(({ channel }) => channel.kind));
    const owner = services.processId;
    if (!(await finishStep(client, step, result, { owner, now })) || told.length === 0) return;
    const message = await composeNotice(client, services, step, now);
    const drill = (await readOpenDrill(client))?.notify ?? null;
    const key = `fallback:${step.runId}:${step.direction}:${step.attempts}`;
    await queueNotifications(
      client,
      fanOut({ key, thread: noticeThread(step.runId), incidentId: null, message, drill }, told),
      now,
    );
  });
}

interface RunRow {
  started_at: Date;
  started_by: string;
  reason: string;
  ended_at: Date | null;
  ended_by: string | null;
  end_reason: string | null;
  held: number | null;
  skipped: number;
}

async function composeNotice(
  client: pg.ClientBase,
  { config }: Services,
  step: ClaimedStep,
  now: Date,
): Promise<Message> {
  const { rows } = await client.query<RunRow>(
    `SELECT r.*, (SELECT count(*) FROM fallback_skips s WHERE s.run_id = r.id) AS skipped FROM fallback_runs r WHERE id = $1`,
    [step.runId],
  );
  const run = rows[0]!;
  const email = config.SUPPORT_FALLBACK_EMAIL;
  const common = { severity: 'info', link: '/fallback', at: now.toISOString() } as const;
  if (step.direction === 'on')
    return {
      ...common,
      kind: 'fallback_on',
      ...noticeOn({ by: run.started_by, reason: run.reason, email }),
      facts: [
        { label: 'Since', value: utc(run.started_at) },
        { label: 'Customers write to', value: email },
      ],
    };
  return {
    ...common,
    kind: 'fallback_off',
    ...noticeOff({ by: run.ended_by ?? '', reason: run.end_reason ?? '' }),
    facts: [
      { label: 'From', value: utc(run.started_at) },
      { label: 'To', value: run.ended_at ? utc(run.ended_at) : utc(now) },
      { label: 'Waited', value: String(run.held ?? 0) },
      { label: 'Left out, already answered', value: String(run.skipped) },
    ],
  };
}

const utc = (at: Date) => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** What the team is told when fallback mode goes on, wherever it is told. */
export function noticeOn(facts: { by: string; reason: string; email: string }): {
  title: string;
  sentence: string;
} {
  const { by, reason, email } = facts;
  return {
    title: 'Fallback mode is on: answer by hand',
    sentence: `${by} switched it on: ${reason}. There are no AI drafts; customers are sent to ${email}. Nothing is lost: what arrives waits.`,
  };
}

/** What the team is told when it goes off. */
export function noticeOff(facts: { by: string; reason: string }): { title: string; sentence: string } {
  return {
    title: 'Fallback mode is off: automation works again',
    sentence: `${facts.by} switched it off: ${facts.reason}. What waited goes out in order; messages that a person has answered get no AI draft.`,
  };
}

const CHANNELS: Record<string, string> = {
  ...CHANNEL_WORDS,
  slack: 'Slack (the team’s channel)',
  email: 'e-mail (the team’s address)',
  webhook: 'the team’s webhook',
};

/** The channels of a notice in words. */
export const channelWords = (kinds: readonly string[]): string =>
  kinds.map((kind) => CHANNELS[kind] ?? kind).join(', ');

/** Messages of one time in fallback mode are one thread; its number follows. */
export const THREAD = 'fallback-';

export const noticeThread = (runId: number): string => `${THREAD}${runId}`;
