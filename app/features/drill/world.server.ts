import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import type { Config } from '../../lib/settings/config.ts';
import { copyThresholds } from '../alerts/adjust-rules.server.ts';
import type { Actor } from '../audit/actor.ts';
import { setNextTick } from '../health/run-health-tick.server.ts';
import { copyPolicy } from '../incidents/escalation/change-policy.server.ts';
import type { IncidentSummary } from '../incidents/incident-view.ts';
import { currentIncidents } from '../incidents/read-incidents.server.ts';
import { copyPage } from '../status/change-page.server.ts';
import { draftUpdate } from '../status/draft-update.server.ts';
import { publishUpdate } from '../status/publish-update.server.ts';
import { readPage, readStatusComponents } from '../status/read-settings.server.ts';
import type { Draft } from '../status/status-document.ts';
import type { Breakage } from './scenarios.ts';

/** What a drill is played in: a sandbox and services of its own, with a database of its own. */
export interface DrillWorld {
  /** Its verbs are the ordinary ones; whatever they do stays in here. */
  services: Services;
  /** Makes the sandbox behave so from now on. @throws when the sandbox is gone */
  behave(breakage: Breakage): Promise<void>;
  /** Ends everything but the database. */
  stop(): Promise<void>;
}

export interface WorldOrder {
  drillId: number;
  speed: number;
  notify: 'marked' | 'simulated';
  /** Name of its database; it does not exist yet. */
  database: string;
}

/** Sets a world up, in a few seconds. @throws with a sentence for people when it cannot be */
export type OpenWorld = (order: WorldOrder) => Promise<DrillWorld>;

/** What a world's settings are made of besides the app's own. */
export interface WorldPlace {
  drillId: number;
  speed: number;
  databaseUrl: string;
  dataDir: string;
  sandbox: {
    chatwootUrl: string;
    accountId: number;
    apiToken: string;
    webhookSecret: string;
    agentUrl: string;
    agentSecret: string;
  };
}

/** No faster than an exchange on a busy machine needs, ms. */
const SHORTEST_TIMEOUT_MS = 1000;
const SHORTEST_PAUSE_MS = 100;
/** Checks do not come faster than this, by our clock, ms: settings of seconds would at ×60 mean a dozen a second. */
const SHORTEST_CHECK_MS = 250;

/** So that links in messages lead to the drill, and not to a real incident. */
export const drillAppUrl = (appUrl: string | undefined, drillId: number) =>
  appUrl && `${appUrl}/drill/${drillId}`;

/**
 * The app's settings with the sandbox in place of Chatwoot and the Agent service. Thresholds, channels and policy are the
 * real ones; timeouts and pauses are as much shorter as the clock is faster. The watcher behind HEARTBEAT_URL hears nothing
 * of a drill, and nothing but the sandbox is probed.
 */
export function worldConfig(real: Config, place: WorldPlace): Config {
  const { drillId, speed, databaseUrl, dataDir, sandbox } = place;
  const shorter = (ms: number, shortest: number) => Math.max(Math.min(ms, shortest), Math.ceil(ms / speed));
  const pause = (ms: number) => shorter(ms, SHORTEST_PAUSE_MS);
  const check = (ms: number) => Math.max(ms, SHORTEST_CHECK_MS * speed);
  return {
    ...real,
    ROLE: 'worker',
    DATABASE_URL: databaseUrl,
    DATABASE_DIRECT_URL: undefined,
    DATABASE_READ_URL: undefined,
    DATA_DIR: dataDir,
    APP_URL: drillAppUrl(real.APP_URL, drillId),
    HEARTBEAT_URL: undefined,
    HEALTH_TARGETS: [],
    CHATWOOT_HEALTH_PATH: undefined,
    CHATWOOT_STATUS_PAGE_URL: undefined,
    // A page of its own that nobody serves.
    STATUS_PAGE: 'on',
    STATUS_EXPORT_DIR: undefined,
    STATUSPAGE_API_KEY: undefined,
    STATUSPAGE_PAGE_ID: undefined,
    CHATWOOT_WEBHOOK_SECRET: [sandbox.webhookSecret],
    CHATWOOT_WEBHOOK_TOKEN: undefined,
    CHATWOOT_WEBHOOK_ALLOW_UNSIGNED: false,
    AGENT_SDK_WEBHOOK_SECRET: sandbox.agentSecret,
    AGENT_SDK_URL: sandbox.agentUrl,
    CHATWOOT_BASE_URL: sandbox.chatwootUrl,
    CHATWOOT_ACCOUNT_ID: String(sandbox.accountId),
    CHATWOOT_API_TOKEN: sandbox.apiToken,
    CANARY_INBOX_ID: undefined,
    connection: {
      agentUrl: sandbox.agentUrl,
      chatwootUrl: sandbox.chatwootUrl,
      accountId: String(sandbox.accountId),
      apiToken: sandbox.apiToken,
    },
    HEALTH_CHECK_INTERVAL: check(real.HEALTH_CHECK_INTERVAL),
    HEALTH_CONFIRM_INTERVAL: check(real.HEALTH_CONFIRM_INTERVAL),
    HEALTH_TIMEOUT: shorter(real.HEALTH_TIMEOUT, SHORTEST_TIMEOUT_MS),
    WEBHOOK_TIMEOUT_MS: shorter(real.WEBHOOK_TIMEOUT_MS, SHORTEST_TIMEOUT_MS),
    CHATWOOT_WEBHOOK_BASE_DELAY_MS: pause(real.CHATWOOT_WEBHOOK_BASE_DELAY_MS),
    BREAKER_COOLDOWN_MS: pause(real.BREAKER_COOLDOWN_MS),
    BREAKER_COOLDOWN_MAX_MS: pause(real.BREAKER_COOLDOWN_MAX_MS),
  };
}

/** While the sandbox proves that it works, its clock runs as fast as a drill's may. */
const WARM_UP_SPEED = 60;

/** Numbers of a drill begin so far from the real ones that no thread of messages is ever continued by the other. */
const NUMBERS_APART = 1_000_000;

/**
 * Makes a new database the world of a drill: everything that begins in it belongs to the drill, it has the real contacts,
 * policy and thresholds, and it cannot hold a message that is not marked as a drill's.
 * @param real the app's own database
 */
export async function furnishWorld(
  world: pg.Pool,
  real: pg.Pool,
  { drillId, notify }: WorldOrder,
  now: Date,
): Promise<void> {
  await world.query(
    `INSERT INTO drills (id, scenario, speed, notify, started_at, started_by) VALUES ($1, 'drill', $2, $3, $4, 'drill')`,
    [drillId, WARM_UP_SPEED, notify, now],
  );
  await world.query('ALTER TABLE notifications ADD CONSTRAINT notifications_drill CHECK (drill IS NOT NULL)');
  for (const table of ['incidents', 'fallback_runs', 'notifications'])
    await world.query(`ALTER TABLE ${table} ALTER COLUMN id RESTART WITH ${drillId * NUMBERS_APART + 1}`);
  await copyPolicy(real, world);
  await copyThresholds(real, world);
  await copyPage(real, world);
}

/** From now on the drill's minutes pass at its own speed, and the next check is as far away as after a good one. */
export async function startDrillClock(
  world: pg.Pool,
  { speed, intervalMs, now }: { speed: number; intervalMs: number; now: Date },
): Promise<void> {
  await world.query('UPDATE drills SET speed = $1', [speed]);
  await setNextTick(world, new Date(now.getTime() + intervalMs / speed));
}

/** The ready text of an incident in the world of a drill, as the real page would have it. */
export async function readyText(
  { config, db }: Services,
  incident: IncidentSummary,
  now: Date,
): Promise<Draft> {
  const [{ language }, components] = await Promise.all([readPage(db.pool), readStatusComponents(db.pool)]);
  return draftUpdate(incident, {
    ...{ components, notice: null, language, now },
    email: config.SUPPORT_FALLBACK_EMAIL,
  });
}

/**
 * Publishes the ready text of the world's most severe incident with the ordinary verb; it stays in the drill's database.
 * @returns what came of it, in words
 */
export async function practiseUpdate(world: Services, actor: Actor, now: Date): Promise<string> {
  const [incident] = await currentIncidents(world);
  if (!incident) return 'Nothing to tell of: no incident is open yet.';
  const { outcome } = await publishUpdate(world, {
    ...(await readyText(world, incident, now)),
    ...{ incidentId: incident.id, seen: 0, channels: [], nextAt: null, actor, now, practised: true },
  });
  if (outcome === 'published') return 'Published in the drill: no customer reads it.';
  return outcome === 'changed_meanwhile'
    ? 'Not done: it was published already.'
    : 'Not done: the status page has no component to tell of.';
}
