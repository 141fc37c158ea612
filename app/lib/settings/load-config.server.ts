import { existsSync } from 'node:fs';
import { parseConfig, type Config } from './config.ts';

/**
 * Configuration of this process from `.env` (real variables win) and the environment.
 * Prints every problem at once and exits with 78 (EX_CONFIG) when something is missing or malformed.
 */
export function loadConfigOrExit(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const result = parseConfig(process.env);
  if (result.ok) return result.config;
  process.stderr.write(
    `Outage Center cannot start:\n${result.problems.map((problem) => `  - ${problem}`).join('\n')}\nSee .env.example for every setting.\n`,
  );
  process.exit(78);
}
