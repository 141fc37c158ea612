import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Services } from '../../lib/services.server.ts';
import { buildDocument, exportStatus } from './build-document.server.ts';
import { changesAt, isStale, type StatusDocument } from './status-document.ts';
import { isStatusPath, statusFile } from './status-files.ts';

/** How often the document is read anew when nothing was said to have changed, ms. */
const READ_MS = 10_000;
/** Changes come in swarms: the document is read at most this often, ms. */
const PAUSE_MS = 500;
/** The exported copy says anew how old it is at least this often, ms. */
const COPY_MS = 60_000;
/** Answers that are kept ready; history has few addresses, and nobody can make more. */
const KEPT = 1000;
const FILE = 'status-page.json';

/** An answer that is ready to be written. */
export interface ReadyAnswer {
  type: string;
  body: Buffer;
  zipped: Buffer | null;
  etag: string;
  shared: boolean;
  maxAge: number;
  /** The style that a page of it has, for its Content-Security-Policy. */
  colour: string;
}

export interface StatusPage {
  /**
   * @param path without a query
   * @returns null: nothing of this page is there
   */
  answer(path: string, icon: boolean): ReadyAnswer | null;
  /** What is public now; null: nothing is. */
  current(): StatusDocument | null;
  stop(): Promise<void>;
}

/** The public page of a process that serves: its document in memory and on disk, made anew when something changes. */
export function openStatusPage(services: Services): StatusPage {
  const { config, db, changes, log } = services;
  const file = path.join(config.DATA_DIR, FILE);
  if (config.STATUS_PAGE === 'off')
    return { answer: () => null, current: () => null, stop: () => Promise.resolve() };
  let document = readKept(file);
  /** Answers of the document as it is now; they hold until `until`, by the clock. */
  let answers = new Map<string, ReadyAnswer>();
  let until = 0;
  /** What the exported copy says, and how long that holds, by the steady clock. */
  let said = '';
  let saidUntil = 0;
  let wanted = true;
  const isWanted = () => wanted;
  const stopping = new AbortController();
  let wake: (() => void) | undefined;

  function take(next: StatusDocument | null) {
    document = next;
    answers = new Map();
    until = 0;
  }

  async function refresh() {
    const now = db.clock.now();
    const next = await buildDocument(services, now);
    take(next);
    await keep(file, next).catch((error: unknown) =>
      log.warn({ problem: String(error) }, 'the status page could not be kept for the next start'),
    );
  }

  /** Also while the database is away: a copy says by its age, and by the clock, what the page says. */
  async function renewCopy() {
    const folder = config.STATUS_EXPORT_DIR;
    if (!folder || !document) return;
    const { readAt: _, ...rest } = document;
    const saying = JSON.stringify(rest);
    if (saying === said && performance.now() < saidUntil) return;
    const now = db.clock.now();
    const lasts = Math.min(changesAt(document, now) - now.getTime(), COPY_MS);
    const askedAt = performance.now();
    await exportStatus(document, folder, now);
    [said, saidUntil] = [saying, askedAt + lasts];
  }

  async function run() {
    while (!stopping.signal.aborted) {
      wanted = false;
      if (db.status().state === 'up')
        await refresh().catch((error: unknown) =>
          log.warn({ problem: String(error) }, 'the status page could not be brought up to date'),
        );
      await renewCopy().catch((error: unknown) =>
        log.warn({ problem: String(error) }, 'the status page could not be exported'),
      );
      await sleep(PAUSE_MS);
      if (!isWanted()) await sleep(READ_MS - PAUSE_MS, true);
    }
  }
  const sleep = (ms: number, may = false) =>
    new Promise<void>((resolve) => {
      if (stopping.signal.aborted) return resolve();
      const timer = setTimeout(resolve, ms);
      const end = () => {
        if (!may && !stopping.signal.aborted) return;
        clearTimeout(timer);
        resolve();
      };
      wake = end;
    });
  const want = () => {
    wanted = true;
    wake?.();
  };
  const quiet = [changes.on('page', want), changes.on('alarm', want)];
  db.onStatus(want);
  const running = run();

  return {
    answer(path, icon) {
      if (!document || !isStatusPath(path)) return null;
      const key = icon ? `${path}?` : path;
      // By the machine's steady clock: the database's is asked only when something is made anew.
      if (performance.now() >= until) {
        answers = new Map();
        const now = db.clock.now();
        until = performance.now() + Math.min(changesAt(document, now) - now.getTime(), READ_MS);
      }
      const ready = answers.get(key);
      if (ready) return ready;
      const made = makeAnswer(document, path, icon, db.clock.now());
      if (made && answers.size < KEPT) answers.set(key, made);
      return made;
    },
    current: () => document,
    async stop() {
      stopping.abort();
      for (const off of quiet) off();
      wake?.();
      await running;
    },
  };
}

const zip = promisify(gzip);

function makeAnswer(document: StatusDocument, path: string, icon: boolean, now: Date): ReadyAnswer | null {
  const made = statusFile(document, path, icon, now);
  if (!made) return null;
  const body = Buffer.from(made.body);
  const answer: ReadyAnswer = {
    type: made.type,
    body,
    zipped: null,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`,
    shared: made.shared,
    // Nobody keeps a page whose age is what matters.
    maxAge: isStale(document, now) ? 0 : made.maxAge,
    colour: document.page.colour,
  };
  // Later, so that the first request does not wait for it.
  if (body.length > 500 && !made.type.startsWith('image/p'))
    zip(body).then(
      (zipped) => void (answer.zipped = zipped),
      () => undefined,
    );
  return answer;
}

/** The document as it was last kept; null when there is none, or none that can be read. */
function readKept(file: string): StatusDocument | null {
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { format?: number; document?: StatusDocument };
    return kept.format === FORMAT ? (kept.document ?? null) : null;
  } catch {
    return null;
  }
}

/** Of the file: one of another version of the app is not taken. */
const FORMAT = 1;

/** Written beside and renamed: a process that is killed leaves the old one or the new one. */
async function keep(file: string, document: StatusDocument | null): Promise<void> {
  if (!document) return rm(file, { force: true });
  await mkdir(path.dirname(file), { recursive: true });
  const part = `${file}.part`;
  const handle = await open(part, 'w');
  try {
    await handle.writeFile(JSON.stringify({ format: FORMAT, document }));
  } finally {
    await handle.close();
  }
  await rename(part, file);
}
