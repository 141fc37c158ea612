import { readFileSync } from 'node:fs';

/** The version that this is, as package.json in the working folder says. */
export const VERSION = (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version;
