import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { planChatwootProbes, planProbes } from '../features/health/plan-probes.ts';
import type { ProbeResult } from '../features/health/probe.ts';
import { shownTarget } from '../features/health/probe-target.ts';
import { runProbe } from '../features/health/probes/run-probe.server.ts';
import { loadConfigOrExit } from '../lib/config.server.ts';
import type { Config } from '../lib/config.ts';
import { artifactName, checkText, failureLine } from './check-chatwoot-health-text.ts';
import { fail } from './with-services.server.ts';

const USAGE = `npm run ops:check-chatwoot-health [-- --all] [--json]
Probes Chatwoot now, with neither the app nor its database: is it alive, do its queue and its database work, does it take
our token. One line a probe, and artifacts/ops/chatwoot_health_TIME.json.
  --all    also the Agent service, our own webhook endpoint, the mail server and the additional targets
  --json   print the file's content instead of lines
Ends with 0 when all passed, 3 when one failed, 2 for wrong usage, 78 for wrong settings, 1 for any other failure.
`;

const FOLDER = path.join('artifacts', 'ops');
const [PASSED, USAGE_ERROR, FAILED, CONFIG_ERROR] = [0, 2, 3, 78];

interface Args {
  all: boolean;
  json: boolean;
}

function argumentsOrExit(): Args {
  try {
    const { values } = parseArgs({
      options: {
        all: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (!values.help) return values;
    process.stdout.write(USAGE);
    return process.exit(PASSED);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}`);
    return process.exit(USAGE_ERROR);
  }
}

/** @returns the exit code */
async function check(config: Config, chatwootUrl: string, { all, json }: Args): Promise<number> {
  const at = new Date();
  const plans = all
    ? planProbes(config).filter(({ kind }) => kind !== 'database')
    : planChatwootProbes(chatwootUrl);
  const results = await Promise.all(plans.map((plan) => runProbe(plan, { config })));
  const ok = results.every(({ outcome }) => outcome === 'ok');
  const probes = results.map(({ network: _network, ...result }: ProbeResult) => result);
  const artifact = JSON.stringify({ at, ok, chatwoot: shownTarget(chatwootUrl), probes }, null, 2);
  process.stdout.write(json ? `${artifact}\n` : checkText(results));
  const file = path.join(FOLDER, artifactName(at));
  try {
    await mkdir(FOLDER, { recursive: true });
    await writeFile(file, `${artifact}\n`);
  } catch (error) {
    return fail(`${file} cannot be written: ${(error as Error).message}`, false);
  }
  if (!json) process.stdout.write(`Kept in ${file}\n`);
  if (ok) return PASSED;
  process.stderr.write(`${failureLine(results)}\n`);
  return FAILED;
}

const args = argumentsOrExit();
const config = loadConfigOrExit();
if (config.connection) process.exitCode = await check(config, config.connection.chatwootUrl, args);
else {
  process.stderr.write(
    'Chatwoot cannot be checked: set CHATWOOT_BASE_URL, CHATWOOT_ACCOUNT_ID, CHATWOOT_API_TOKEN and AGENT_SDK_URL (see .env.example).\n',
  );
  process.exitCode = CONFIG_ERROR;
}
