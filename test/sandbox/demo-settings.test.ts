import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { demoEnvironment } from '../../app/sandbox/demo/demo-settings.ts';
import { notificationSettings, type Notifications } from '../../app/sandbox/notifications/notifications.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'demo-settings-'));
});
afterEach(() => rm(folder, { recursive: true }));

const place = { host: '127.0.0.1', port: 3001, pageUrl: 'http://127.0.0.1:3001', dataDir: '/tmp/demo' };
const connection = {
  agentUrl: 'http://127.0.0.1:1',
  chatwootUrl: 'http://127.0.0.1:2',
  accountId: 2,
  apiToken: 'token',
  webhookSecret: 'secret',
  agentSecret: 'whsec_x',
  signInToken: 'sign-in',
  notifications: {
    SLACK_WEBHOOK_URL: 'http://127.0.0.1:3/slack',
    SMTP_URL: 'smtp://127.0.0.1:4',
    PAGERDUTY_ROUTING_KEY: 'sandbox',
    PAGERDUTY_EVENTS_URL: 'http://127.0.0.1:5',
    NOTIFY_WEBHOOK_URL: 'http://127.0.0.1:6',
  },
};

test('the demo sets all that the app needs, and keeps what is really set', () => {
  const env = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'debug',
    DATABASE_URL: 'postgresql://here/demo',
    AGENT_SDK_URL: 'https://production.example.com',
    PORT: '3000',
  } as const;
  expect(demoEnvironment(env, place, connection, path.join(folder, 'none'))).toEqual({
    NODE_ENV: 'production',
    ROLE: 'all',
    LOG_LEVEL: 'debug',
    BREAKER_COOLDOWN_MAX_MS: '10000',
    HEALTH_CHECK_INTERVAL: '5s',
    HEALTH_CONFIRM_INTERVAL: '1s',
    HEALTH_TIMEOUT: '3s',
    RECOVERY_GREEN_FOR: '1m',
    RECOVERY_WATCH_FOR: '2m',
    SLA_FIRST_RESPONSE: '2h',
    DATABASE_URL: 'postgresql://here/demo',
    HOST: '127.0.0.1',
    PORT: '3001',
    APP_URL: 'http://127.0.0.1:3001',
    DATA_DIR: '/tmp/demo',
    AGENT_SDK_URL: 'http://127.0.0.1:1',
    AGENT_SDK_WEBHOOK_SECRET: 'whsec_x',
    CHATWOOT_BASE_URL: 'http://127.0.0.1:2',
    CHATWOOT_ACCOUNT_ID: '2',
    CHATWOOT_API_TOKEN: 'token',
    CHATWOOT_WEBHOOK_SECRET: 'secret',
    DEMO_SIGN_IN_TOKEN: 'sign-in',
    METRICS_ALLOW_LOOPBACK: 'true',
    ...connection.notifications,
    HEARTBEAT_URL: '',
    STATUS_PAGE: 'on',
    OUTBOUND_LOOPBACK_ONLY: 'true',
  });
});

test('whoever is really told of outages is not told by the demo', () => {
  const real = {
    SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/real',
    SMTP_URL: 'smtps://user:password@smtp.example.com',
    SMTP_FROM: 'outage@example.com',
    NOTIFY_EMAIL_TO: 'team@example.com',
    PAGERDUTY_ROUTING_KEY: 'k'.repeat(32),
    PAGERDUTY_EVENTS_URL: 'https://events.pagerduty.com/v2/enqueue',
    NOTIFY_WEBHOOK_URL: 'https://hooks.example.com/real',
    NOTIFY_WEBHOOK_SECRET: 'whsec_real',
    HEARTBEAT_URL: 'https://hc-ping.com/real',
    OUTBOUND_LOOPBACK_ONLY: 'false',
  };
  const notifications = notificationSettings({
    slack: { url: 'http://127.0.0.1:3/slack' },
    email: { url: 'smtp://127.0.0.1:4' },
    pagerduty: { url: 'http://127.0.0.1:5' },
    webhook: { url: 'http://127.0.0.1:6', secret: 'whsec_sandbox' },
  } as Notifications);
  const env = demoEnvironment(
    { NODE_ENV: 'test', ...real },
    place,
    { ...connection, notifications },
    path.join(folder, 'none'),
  );
  for (const [name, value] of Object.entries(real)) expect(env[name], name).not.toBe(value);
});

test('the demo never uses the database of .env', async () => {
  const dotEnv = path.join(folder, '.env');
  await writeFile(dotEnv, 'DATABASE_URL=postgresql://production/db\nSLACK_WEBHOOK_URL=https://x\n');
  const env = demoEnvironment({ NODE_ENV: 'test' }, place, connection, dotEnv);
  expect([env.DATABASE_URL, env.SLACK_WEBHOOK_URL]).toEqual(['', connection.notifications.SLACK_WEBHOOK_URL]);
});
