import { existsSync } from 'node:fs';
import { parseConfig, type Config } from './config.ts';

/** EX_CONFIG of sysexits.h: something is missing or malformed. */
export const EX_CONFIG = 78;

/** Configuration of this process from `.env` (real variables win) and the environment, or what is wrong with it. */
export function readConfig(): ReturnType<typeof parseConfig> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const result = parseConfig(process.env);
  if (!result.ok)
    process.stderr.write(
      `Outage Center cannot start:\n${result.problems.map((problem) => `  - ${problem}`).join('\n')}\nSee .env.example for every setting.\n`,
    );
  return result;
}

/** The same; prints every problem at once and exits with {@link EX_CONFIG} when there is one. */
export function loadConfigOrExit(): Config {
  const result = readConfig();
  return result.ok ? result.config : process.exit(EX_CONFIG);
}
