import { parseArgs } from 'node:util';
import { loadConfigOrExit } from '../lib/settings/load-config.server.ts';
import { createLog } from '../lib/log.server.ts';
import { startProcess } from './start-process.ts';

/** SIGTERM finishes what is in flight within this time; what is not finished by then is resumed from the database. */
const SHUTDOWN_MS = 10_000;

// The token comes by the environment: other users of the machine can read a command line.
const { DEMO_SIGN_IN_TOKEN: demoToken } = process.env;
const { values } = parseArgs({ options: { sandbox: { type: 'string' } } });
const config = loadConfigOrExit();
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
