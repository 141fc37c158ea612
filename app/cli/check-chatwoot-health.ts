import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  readRegistration,
  type ListedRegistration,
} from '../features/health/investigations/signature.server.ts';
import { planChatwootProbes, planProbes, type ProbeResult } from '../features/health/probes/probe.ts';
import { runProbe, shownTarget } from '../features/health/probes/run-probe.server.ts';
import { createChatwootClient } from '../lib/chatwoot/chatwoot-client.server.ts';
import type { Config } from '../lib/settings/config.ts';
import { loadConfigOrExit } from '../lib/settings/load-config.server.ts';
import { argumentsOrExit, WRONG_SETTINGS } from './command-line.ts';
import { fail } from './with-services.server.ts';

/** One line a probe: `/rails/health: OK (200)`; and one of our webhook in Chatwoot's list. */
export function checkText(results: readonly ProbeResult[], registration: ListedRegistration | null): string {
  const lines = [...results.map(lineOf), registrationLine(registration)];
  return lines.map((line) => `${line}\n`).join('');
}

function registrationLine(registration: ListedRegistration | null): string {
  if (!registration) return 'webhook: not compared, because APP_URL, the address of this app, is not set';
  const { ok, evidence, nextStep } = registration;
  return ok
    ? `webhook: OK (${plain(evidence)})`
    : `webhook: FAILED (${plain(evidence)}) ${nextStep ?? ''}`.trim();
}

const plain = (sentence: string) => sentence.replace(/\.$/, '');

/** Why the check as a whole failed, in one line. */
export function failureLine(
  results: readonly ProbeResult[],
  registration: ListedRegistration | null,
): string {
  const failed = results.filter(({ outcome }) => outcome !== 'ok');
  const parts = failed.map((result) => `${nameOf(result)} ${result.detail}`);
  if (registration?.ok === false) parts.push(plain(registration.evidence));
  return `Health check failed: ${parts.join('; ')}.`;
}

/** `chatwoot_health_2026-11-23T05-12-07-084Z.json` */
export function artifactName(at: Date): string {
  return `chatwoot_health_${at.toISOString().replaceAll(/[:.]/g, '-')}.json`;
}

function lineOf(result: ProbeResult): string {
  const { outcome, status, detail, latencyMs } = result;
  if (outcome === 'ok')
    return `${nameOf(result)}: OK ${status === null ? `(${detail})` : `(${status}) in ${latencyMs} ms`}`;
  return `${nameOf(result)}: FAILED (${detail})`;
}

/** Chatwoot's probes by the path that was asked; the others by what they are about. */
function nameOf({ component, probe, target }: ProbeResult): string {
  if (component === 'chatwoot') return new URL(target).pathname;
  return `${probe} ${target}`;
}

const COMMAND = {
  name: 'ops:check-chatwoot-health',
  does: `Probes Chatwoot now, with neither the app nor its database: is it alive, do its queue and its database work, does it
take our token; and, with APP_URL set, whether its webhook to us is registered as it should be. Says one line a probe, and writes them to artifacts/ops/chatwoot_health_TIME.json.`,
  options: {
    all: {
      type: 'boolean',
      help: 'also the Agent service, our own webhook endpoint, the mail server and the additional targets',
    },
    json: { type: 'boolean', help: "prints the file's content instead of lines" },
  },
  ends: ['when all passed', 'when one failed, or the file could not be written'],
} as const;

const FOLDER = path.join('artifacts', 'ops');
/** @returns the exit code */
async function check(
  config: Config,
  chatwootUrl: string,
  { all = false, json = false }: { all?: boolean; json?: boolean },
): Promise<number> {
  const at = new Date();
  const { APP_URL } = config;
  const plans = all
    ? planProbes(config).filter(({ kind }) => kind !== 'database')
    : planChatwootProbes(chatwootUrl);
  const [registration, ...results] = await Promise.all([
    APP_URL ? readOurs(config) : null,
    ...plans.map((plan) => runProbe(plan, { config })),
  ]);
  const ok = results.every(({ outcome }) => outcome === 'ok') && registration?.ok !== false;
  const probes = results.map(({ network: _network, ...result }: ProbeResult) => result);
  const artifact = JSON.stringify(
    { at, ok, chatwoot: shownTarget(chatwootUrl), probes, registration },
    null,
    2,
  );
  process.stdout.write(json ? `${artifact}\n` : checkText(results, registration));
  const file = path.join(FOLDER, artifactName(at));
  try {
    await mkdir(FOLDER, { recursive: true });
    await writeFile(file, `${artifact}\n`);
  } catch (error) {
    return fail(`${file} cannot be written: ${(error as Error).message}`, false);
  }
  if (!json) process.stdout.write(`Kept in ${file}\n`);
  if (ok) return 0;
  process.stderr.write(`${failureLine(results, registration)}\n`);
  return 1;
}

/** Our webhook in Chatwoot's list; what proves its webhooks is in the database, so it is left to `ops:diagnose`. */
function readOurs(config: Config) {
  const { chatwootUrl: baseUrl, accountId, apiToken } = config.connection!;
  const client = createChatwootClient({ baseUrl, accountId, apiToken, timeoutMs: config.HEALTH_TIMEOUT });
  return readRegistration({ config, withoutSecrets: true }, client);
}

const args = argumentsOrExit(COMMAND);
const config = loadConfigOrExit();
if (config.connection) process.exitCode = await check(config, config.connection.chatwootUrl, args);
else {
  process.stderr.write(
    'Chatwoot cannot be checked: set CHATWOOT_BASE_URL, CHATWOOT_ACCOUNT_ID, CHATWOOT_API_TOKEN and AGENT_SDK_URL (see .env.example).\n',
  );
  process.exitCode = WRONG_SETTINGS;
}
