import { expect, test } from 'vitest';
import { between, seededRandom } from '../../app/sandbox/random.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../support/until.ts';
import { FAULT_KINDS } from './fault-kinds.ts';
import { startFaultWorld, type FaultWorld } from './fault-world.ts';
import { countHarm, hasArrived, type Harm } from './harm.ts';
import type { FaultKind } from './kinds/kind.ts';
import { startSender } from './sender.ts';
import { saysAway, saysWell } from './told.ts';

/**
 * The long form is `npm run test:faults`: every kind FAULT_MOMENTS times, in FAULT_WORLDS worlds side by side, because most of
 * the time is waiting. FAULT_KINDS picks kinds by a part of their names, FAULT_SEED repeats a run.
 */
const { FAULT_MOMENTS, FAULT_KINDS: WANTED, FAULT_SEED, FAULT_WORLDS } = process.env;
const IN_SHORT = ['worker killed', 'database restarted', 'Agent service: reset'];
const PATIENCE_MS = 120_000;

interface Outcome extends Harm {
  kind: string;
  seed: number;
  acknowledged: number;
  /** From the end of the fault until everything acknowledged by then had arrived, s. */
  recovered: number;
  /** What was said and was not so; null when every word was true. */
  untrue: string | null;
  mayComeLate: boolean;
}

async function goThrough(world: FaultWorld, kind: FaultKind, seed: number): Promise<Outcome> {
  const random = seededRandom(seed);
  world.agent.records.clear();
  const sender = startSender(world, 80);
  await delay(between(random, 300, 1500));
  let untrue: string | null = null;
  const disbelieve = (error: unknown) => void (untrue ??= String(error));
  const isSaid = kind.isDatabaseAway ? saysAway(world, 20_000).catch(disbelieve) : Promise.resolve();
  // A fault that could not be made proves nothing; the others go on.
  await kind.happens(world, random).catch(disbelieve);
  const at = performance.now();
  const before = [...sender.acknowledged];
  await until('what was acknowledged has arrived', () => hasArrived(world, before), PATIENCE_MS).catch(
    () => undefined,
  );
  const recovered = (performance.now() - at) / 1000;
  await sender.stop();
  await isSaid;
  await until('the rest has arrived', () => hasArrived(world, sender.acknowledged), PATIENCE_MS).catch(
    () => undefined,
  );
  await saysWell(world, 60_000).catch(disbelieve);
  const harm = await countHarm(world, sender.acknowledged);
  const { name, mayComeLate = false } = kind;
  const acknowledged = sender.acknowledged.length;
  return { kind: name, seed, acknowledged, ...harm, recovered, untrue, mayComeLate };
}

const isWhole = ({ lost, outOfOrder, mayComeLate, twice, stuck, untrue }: Outcome) =>
  lost === 0 && (outOfOrder === 0 || mayComeLate) && twice === 0 && stuck === 0 && untrue === null;

function tableOf(outcomes: readonly Outcome[]): string {
  const lines = [...Map.groupBy(outcomes, ({ kind }) => kind)].map(([kind, of]) => {
    const sum = (what: 'acknowledged' | 'lost' | 'outOfOrder' | 'twice' | 'stuck') =>
      of.reduce((n, one) => n + one[what], 0);
    const seconds = of.map(({ recovered }) => recovered).sort((a, b) => a - b);
    const untrue = of.filter(({ untrue }) => untrue !== null).length;
    const bad = of.filter((one) => !isWhole(one)).map(({ seed }) => seed);
    const times = `${seconds[Math.floor(seconds.length / 2)]!.toFixed(1)} | ${seconds.at(-1)!.toFixed(1)}`;
    return `| ${kind} | ${of.length} | ${sum('acknowledged')} | ${sum('lost')} | ${sum('outOfOrder')} | ${sum('twice')} | ${sum('stuck')} | ${untrue} | ${times} | ${bad.join(' ')} |`;
  });
  const names = FAULT_KINDS.filter(
    ({ benchmark, name }) => benchmark && outcomes.some(({ kind }) => kind === name),
  );
  const passed = names.filter(({ name }) => outcomes.every((one) => one.kind !== name || isWhole(one)));
  return [
    '| kind | moments | acknowledged | lost | out of order | two ids | stuck | untrue words | recovered s (median) | (most) | seeds to repeat |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...lines,
    `Scenarios of the public queue benchmark: ${passed.length} of ${names.length} that ran.`,
  ].join('\n');
}

test('whatever breaks while webhooks come: nothing acknowledged is lost, each conversation stays in order', async () => {
  const kinds = FAULT_KINDS.filter(({ name }) =>
    FAULT_MOMENTS
      ? !WANTED || WANTED.split(',').some((part) => name.includes(part))
      : IN_SHORT.includes(name),
  );
  const first = Number(FAULT_SEED ?? 1);
  const worlds: FaultWorld[] = [];
  const outcomes: Outcome[] = [];
  try {
    for (let n = 0; n < Number(FAULT_WORLDS ?? 1); n++) worlds.push(await startFaultWorld());
    const hasDisks = worlds.every(({ disks }) => disks !== null);
    const moments = Array.from({ length: Number(FAULT_MOMENTS ?? 1) }, (_, n) => first + n);
    const left = moments.flatMap((seed) =>
      kinds.filter(({ needsDisks }) => hasDisks || !needsDisks).map((kind) => ({ kind, seed })),
    );
    await Promise.all(
      worlds.map(async (world) => {
        for (let next = left.shift(); next; next = left.shift()) {
          const outcome = await goThrough(world, next.kind, next.seed);
          outcomes.push(outcome);
          if (FAULT_MOMENTS) process.stdout.write(`${JSON.stringify(outcome)}\n`);
        }
      }),
    );
    const leftOut = hasDisks ? [] : kinds.filter(({ needsDisks }) => needsDisks);
    if (leftOut.length > 0)
      process.stdout.write(
        `Left out, because nothing may be mounted here: ${leftOut.map(({ name }) => name).join(', ')}.\n`,
      );
  } finally {
    if (FAULT_MOMENTS) process.stdout.write(`${tableOf(outcomes)}\n`);
    for (const world of worlds) await world.stop();
  }
  expect(outcomes.filter((one) => !isWhole(one))).toEqual([]);
}, 7_200_000);
