import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * Builds the pages. With `--if-changed` only when something that goes into them differs from the last build, and in one line,
 * unless it fails: what the build says is then of use.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = path.join(root, 'build', 'sources.sha256');
const SOURCES = [
  'app/**/*',
  'public/**/*',
  'package-lock.json',
  'vite.config.ts',
  'remix.config.js',
  'tsconfig.json',
];

/** One hash over names and contents. */
async function hashSources(): Promise<string> {
  const files: string[] = [];
  for await (const entry of glob(SOURCES, { cwd: root, withFileTypes: true }))
    if (entry.isFile()) files.push(path.join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const content = await readFile(file);
    hash.update(`${path.relative(root, file)} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/** @returns its exit code, and what it said when that was kept */
async function build(quiet: boolean): Promise<{ code: number; said: string }> {
  const cli = path.join(root, 'node_modules/@remix-run/dev/dist/cli.js');
  const child = spawn(process.execPath, [cli, 'vite:build'], {
    cwd: root,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, said }));
  });
}

const { values } = parseArgs({ options: { 'if-changed': { type: 'boolean', default: false } } });
const quiet = values['if-changed'];
const sources = await hashSources();
const built = existsSync(path.join(root, 'build/server/index.js')) && existsSync(stamp);
if (!quiet || !built || (await readFile(stamp, 'utf8')) !== sources) {
  if (quiet) process.stdout.write('Building the pages, once until their sources change: about 15 s …\n');
  await rm(stamp, { force: true });
  const { code, said } = await build(quiet);
  if (code !== 0) {
    process.stderr.write(`${said}\nThe pages could not be built.\n`);
    process.exit(code);
  }
  await writeFile(stamp, sources);
}
