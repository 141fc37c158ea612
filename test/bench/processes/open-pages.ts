import { setTimeout as delay } from 'node:timers/promises';
import { answerCalls } from './calls.ts';

/** Pages that people leave open: each listens to the stream of changes, and reads its data again as a browser's page does. */
interface Reads {
  count: number;
  /** Answers that were no 200, and broken streams. */
  failed: number;
  /** ms of each read since the last look. */
  ms: number[];
}

/** The data of the overview, its frame included. */
const READS = ['/?_data=root', '/?_data=routes%2F_index'];
/** A page reads no more often, ms (app/components/layout/live.ts). */
const BETWEEN_READS_MS = 1000;

let reads: Reads = { count: 0, failed: 0, ms: [] };
const stop = new AbortController();
const over: Promise<void>[] = [];

async function read(url: string, cookie: string): Promise<void> {
  const from = performance.now();
  const answers = await Promise.all(
    READS.map(async (path) => {
      const answer = await fetch(`${url}${path}`, { headers: { Cookie: cookie } });
      await answer.arrayBuffer();
      return answer.ok;
    }),
  ).catch(() => [false]);
  reads.count += 1;
  if (!answers.every(Boolean)) reads.failed += 1;
  reads.ms.push(performance.now() - from);
}

async function keepOpen(url: string, cookie: string): Promise<void> {
  const { signal } = stop;
  const isClosed = () => signal.aborted;
  let changed = true;
  const reading = (async () => {
    while (!isClosed()) {
      if (changed) {
        changed = false;
        await read(url, cookie);
      }
      await delay(BETWEEN_READS_MS);
    }
  })();
  while (!isClosed())
    try {
      const stream = await fetch(`${url}/events`, { headers: { Cookie: cookie }, signal });
      if (!stream.ok) throw new Error(`The stream answered ${stream.status}.`);
      const decoder = new TextDecoder();
      const reader = stream.body!.getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read())
        if (/^event: (change|alarm)$/m.test(decoder.decode(part.value))) changed = true;
    } catch {
      if (isClosed()) return reading;
      reads.failed += 1;
      await delay(BETWEEN_READS_MS);
    }
  await reading;
}

answerCalls({
  open: ({ url, cookies, each }: { url: string; cookies: string[]; each: number }) => {
    for (const cookie of cookies) for (let n = 0; n < each; n += 1) over.push(keepOpen(url, cookie));
  },
  /** @returns what was read since the last call */
  reads: () => {
    const since = reads;
    reads = { count: 0, failed: 0, ms: [] };
    return since;
  },
  close: async () => {
    stop.abort();
    await Promise.all(over);
  },
});
