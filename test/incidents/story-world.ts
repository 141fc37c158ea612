import { tickAlerts } from '../../app/features/alerts/evaluate-alerts.server.ts';
import { runHealthTick } from '../../app/features/health/run-health-tick.server.ts';
import { tickEscalations } from '../../app/features/incidents/escalation/tick-escalations.server.ts';
import { sendNotifications } from '../../app/features/notify/send-notifications.server.ts';
import type { Services } from '../../app/lib/services.server.ts';
import { startAgent, type AgentService } from '../../app/sandbox/agent/agent.ts';
import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import {
  notificationSettings,
  startNotifications,
  type Notifications,
} from '../../app/sandbox/notifications/notifications.ts';
import { createTestServices, type TestServices } from '../support/services.ts';

/** When each story begins. */
const START = new Date('2026-09-22T05:00:00.000Z');

/** The story's clock moves by so much, s: the time between two checks of what has failed. */
const STEP_SECONDS = 30;
/** For so long after each step Slack, which takes one message a second, is given what is left, s. */
const AFTER_SECONDS = 5;

/** A whole app but for its loops, which the story turns, against servers that simulate everybody else. */
export interface Story {
  services: TestServices;
  chatwoot: Chatwoot;
  agent: AgentService;
  stubs: Notifications;
  now(): Date;
  /** Minutes of the story, e.g. `5.5`. */
  minute(): number;
  /** Lets the clock run on to a minute; at each step every process does what its loops would do. */
  runTo(minute: number): Promise<void>;
  /** Without anything running. */
  sleepTo(minute: number): void;
  /** Everything that arrived since this was asked last: minute, where, to whom, and what. */
  arrived(): string[];
  query<T>(sql: string, values?: unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

export const settingsOf = (chatwoot: Chatwoot, agent: AgentService, stubs: Notifications) => ({
  APP_URL: '',
  OUTBOUND_ALLOW_PRIVATE: 'true',
  CHATWOOT_BASE_URL: chatwoot.url,
  CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
  CHATWOOT_API_TOKEN: chatwoot.apiToken,
  AGENT_SDK_URL: agent.url,
  HEALTH_TIMEOUT: '1s',
  ...notificationSettings(stubs),
});

/** The contacts of the runbook's table, each with an address. */
const PEOPLE = [
  ['Support Lead', 'Lea', 'lead@example.com'],
  ['Engineering Manager', 'Max', 'manager@example.com'],
  ['CEO', 'Cleo', 'ceo@example.com'],
  ['Infrastructure', 'Ina', 'infra@example.com'],
] as const;

/** @param options.processes how many processes do everything at once, 1 unless told */
export async function createStory(
  env: Record<string, string> = {},
  { processes = 1 }: { processes?: number } = {},
): Promise<Story> {
  const [chatwoot, agent, stubs] = await Promise.all([startChatwoot(), startAgent(), startNotifications()]);
  const settings = { ...settingsOf(chatwoot, agent, stubs), ...env };
  const services = await createTestServices(settings);
  const others = await Promise.all(
    Array.from({ length: processes - 1 }, () =>
      createTestServices({ ...settings, DATABASE_URL: services.databaseUrl }),
    ),
  );
  const all = [services, ...others];
  const { pool } = services.db;
  for (const { processId } of all)
    await pool.query(
      `INSERT INTO processes (id, role, host, pid, started_at, last_seen)
       VALUES ($1, 'all', 'h', 1, now(), now() + interval '1 hour')`,
      [processId],
    );
  for (const [role, name, address] of PEOPLE)
    await pool.query('UPDATE contacts SET name = $2, channels = $3 WHERE role = $1', [
      role,
      name,
      JSON.stringify([{ id: 'mail', kind: 'email', address, secret: null }]),
    ]);
  let clock = START.getTime();
  const now = () => new Date(clock);
  const minute = () => Math.round((clock - START.getTime()) / 600) / 100;
  const arrivals: string[] = [];
  const seen = { slack: 0, email: 0, pagerduty: 0, webhook: 0 };

  /** In the order of the alphabet: several mails go out at a time, and any of them arrives first. */
  function collect(): void {
    const atOnce: string[] = [];
    const fresh = <T>(kind: keyof typeof seen, received: readonly T[]) => {
      const more = received.slice(seen[kind]);
      seen[kind] = received.length;
      return more;
    };
    for (const { text } of fresh('slack', stubs.slack.received))
      atOnce.push(`${minute()} slack: ${headOf(text)}`);
    for (const { text, body } of fresh('pagerduty', stubs.pagerduty.received))
      atOnce.push(
        `${minute()} pagerduty: ${body.event_action} ${body.dedup_key}${body.payload ? `, ${body.payload.severity}` : ''} ${headOf(text.replace(/^\w+: /, ''))}`.trim(),
      );
    for (const { body } of fresh('email', stubs.email.received))
      atOnce.push(`${minute()} email to ${body.to.join(', ')}: ${headOf(plainTextOf(body.raw))}`);
    for (const { body } of fresh('webhook', stubs.webhook.received))
      atOnce.push(`${minute()} webhook: ${body.type}`);
    arrivals.push(...atOnce.sort());
  }

  async function turn(one: Services): Promise<void> {
    await runHealthTick(one, { now: now() });
    await tickAlerts(one, now());
    await tickEscalations(one, now());
    while (await sendNotifications(one, now()));
  }

  return {
    services,
    chatwoot,
    agent,
    stubs,
    now,
    minute,
    async runTo(until) {
      const end = START.getTime() + until * 60_000;
      for (;;) {
        await Promise.all(all.map(turn));
        // Slack takes one message a second: what is left over goes out before the next step.
        for (let second = 1; second <= AFTER_SECONDS; second += 1) {
          const at = new Date(clock + second * 1000);
          const waiting = await pool.query(
            "SELECT 1 FROM notifications WHERE state = 'queued' AND due_at <= $1 LIMIT 1",
            [at],
          );
          if (waiting.rows.length === 0) break;
          await Promise.all(all.map((one) => sendNotifications(one, at)));
        }
        collect();
        if (clock >= end) break;
        clock = Math.min(end, clock + STEP_SECONDS * 1000);
      }
    },
    sleepTo(until) {
      clock = START.getTime() + until * 60_000;
    },
    arrived: () => arrivals.splice(0),
    query: async <T>(sql: string, values: unknown[] = []) => (await pool.query(sql, values)).rows as T[],
    async close() {
      for (const one of [...others, services]) await one.close();
      await Promise.all([chatwoot.stop(), agent.stop(), stubs.stop()]);
    },
  };
}

/** The headline of a message: what stands before its first sentence. */
const headOf = (text: string) =>
  /^(.*?(?:does not answer|answers?|reach anything|$))/.exec(text)?.[1] ?? text;

/** The first line of the plain text of a mail. */
function plainTextOf(raw: string): string {
  const part = raw.slice(raw.indexOf('text/plain'));
  const body = part.slice(part.indexOf('\r\n\r\n') + 4);
  return body.split('\r\n')[0]!;
}
