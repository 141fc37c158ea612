import { readdir, readFile } from 'node:fs/promises';

/** Of the kernel's clock for processes, ms. */
const TICK_MS = 10;

interface ProcessTimes {
  parent: number;
  own: number;
  /** Of children that have ended. */
  ended: number;
}

async function timesOf(pid: string | number): Promise<ProcessTimes | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // The name in brackets may hold anything.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return { parent: fields[1]!, own: fields[11]! + fields[12]!, ended: fields[13]! + fields[14]! };
}

/** CPU that a process has used so far, ms, in steps of 10; NaN where the system does not tell. */
export async function cpuOf(pid: number, whose: 'alone' | 'with its children' = 'alone'): Promise<number> {
  const times = await timesOf(pid);
  if (!times) return Number.NaN;
  if (whose === 'alone') return times.own * TICK_MS;
  let ticks = times.own + times.ended;
  for (const name of await readdir('/proc')) {
    const child = /^\d+$/.test(name) ? await timesOf(name) : null;
    if (child?.parent === pid) ticks += child.own;
  }
  return ticks * TICK_MS;
}
