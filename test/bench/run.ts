import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isMissed, table, type Finding, type PartResult } from './findings.ts';
import { benchDelivery } from './parts/delivery.ts';
import { benchDetection } from './parts/detection.ts';
import { benchFaults } from './parts/faults.ts';
import { benchFlushes } from './parts/flushes.ts';
import { benchHeld } from './parts/held.ts';
import { benchIntake } from './parts/intake.ts';
import { benchOutage } from './parts/outage.ts';
import { benchPage } from './parts/page.ts';
import { benchReplay } from './parts/replay.ts';
import { benchRetention } from './parts/retention.ts';
import { benchScale } from './parts/scale.ts';
import { benchSoak } from './parts/soak.ts';
import { benchStatus } from './parts/status.ts';
import { benchTogether } from './parts/together.ts';

/**
 * `npm run bench [-- --quick] [-- --only intake,delivery]`: measures the product beside its yardsticks on this machine,
 * prints a table, writes artifacts/bench/<time>.json, and exits with 1 when a bound is missed.
 */
const PARTS: Record<string, (options: { quick: boolean }) => Promise<PartResult>> = {
  intake: benchIntake,
  delivery: benchDelivery,
  together: benchTogether,
  flushes: benchFlushes,
  replay: benchReplay,
  held: benchHeld,
  outage: benchOutage,
  page: benchPage,
  status: benchStatus,
  detection: benchDetection,
  faults: benchFaults,
  retention: benchRetention,
  scale: benchScale,
  soak: benchSoak,
};
/** A quarter of an hour to two hours of their own: only when asked for. */
const ONLY_BY_NAME = ['retention', 'scale', 'soak'];

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const names = values.only?.split(',') ?? Object.keys(PARTS).filter((name) => !ONLY_BY_NAME.includes(name));
const unknown = names.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no part ${unknown.join(', ')}; the parts are ${Object.keys(PARTS).join(', ')}.\n`,
  );
  process.exit(2);
}

const startedAt = new Date();
const findings: Finding[] = [];
const raw: Record<string, unknown> = {};
for (const name of names) {
  process.stderr.write(`${name} …\n`);
  const result = await PARTS[name]!({ quick: values.quick });
  findings.push(...result.findings);
  raw[name] = result.raw;
}

process.stdout.write(`\n${table(findings)}\n\n`);
const machine = {
  cpu: cpus()[0]?.model,
  cores: availableParallelism(),
  memoryMb: Math.round(totalmem() / 2 ** 20),
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
};
const folder = path.resolve('artifacts/bench');
await mkdir(folder, { recursive: true });
const file = path.join(folder, `${startedAt.toISOString().replaceAll(':', '-')}.json`);
const report = {
  startedAt,
  endedAt: new Date(),
  quick: values.quick,
  machine,
  findings: findings.map((finding) => ({ ...finding, missed: isMissed(finding) })),
  raw,
};
await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
process.stdout.write(`${path.relative('.', file)}\n`);
const missed = findings.filter(isMissed).length;
if (missed > 0) process.stdout.write(`${missed} bound${missed === 1 ? '' : 's'} missed\n`);
process.exit(missed > 0 ? 1 : 0);
