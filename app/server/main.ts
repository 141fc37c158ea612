import { parseArgs } from 'node:util';
import { EX_CONFIG, readConfig } from '../lib/settings/load-config.server.ts';
import { createLog } from '../lib/log.server.ts';
import { boundLookUps } from './network.ts';
import { startProcess } from './start-process.ts';
import { startUnconfigured } from './unconfigured-server.ts';

/** SIGTERM finishes what is in flight within this time; what is not finished by then is resumed from the database. */
const SHUTDOWN_MS = 10_000;

boundLookUps();
// The token comes by the environment: other users of the machine can read a command line.
const { DEMO_SIGN_IN_TOKEN: demoToken } = process.env;
const { values } = parseArgs({ options: { sandbox: { type: 'string' } } });
const read = readConfig();
if (!read.ok) await tellOnThePage(read.problems);
const { config } = read as Extract<typeof read, { ok: true }>;
const log = createLog(config.LOG_LEVEL, config.LOG_FORMAT);
const running = await startProcess({ config, log, sandboxUrl: values.sandbox, demoToken }).catch(
  (error: unknown) => {
    process.stderr.write(
      `Outage Center cannot start: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exit(1);
  },
);

let stopping = false;
async function stop(signal: string) {
  if (stopping) return;
  stopping = true;
  log.info({ signal }, 'stopping');
  setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
  await running.stop();
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));

/** Serves the page that says what is wrong until somebody ends it; where it cannot, it ends at once. */
async function tellOnThePage(problems: readonly string[]): Promise<never> {
  const address = await startUnconfigured(problems, process.env).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  });
  if (address === null) process.exit(EX_CONFIG);
  process.stderr.write(`${address} says it too, and nothing else, until you stop this (Ctrl+C).\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(EX_CONFIG));
  return new Promise(() => undefined);
}
