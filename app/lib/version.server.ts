import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** The version that this is, as the package.json above this file says, wherever a command is run from. */
export const VERSION = (
  JSON.parse(readFileSync(findPackageJSON('.', import.meta.url)!, 'utf8')) as { version: string }
).version;
