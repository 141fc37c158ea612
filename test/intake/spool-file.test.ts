import { randomBytes, randomUUID } from 'node:crypto';
import { appendFile, mkdtemp, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { InboxRow } from '../../app/features/intake/inbox-row.ts';
import { readSpool } from '../../app/features/intake/spool/read-spool.server.ts';
import {
  NOBODY,
  ownerIsDead,
  parseSpoolFileName,
  spoolFileName,
} from '../../app/features/intake/spool/spool-file.server.ts';
import { decodeSpoolRecord, encodeSpoolRecord } from '../../app/features/intake/spool/spool-record.ts';
import { openSpool, type Spool } from '../../app/features/intake/spool/open-spool.server.ts';
import { createLog } from '../../app/lib/log.server.ts';

const log = createLog('silent');
const row = (n: number, body: Buffer = Buffer.from(`{"n":${n}}`)): InboxRow => ({
  eventId: randomUUID(),
  dedupeKey: randomBytes(32),
  deliveryId: null,
  event: 'message_created',
  conversationKey: '2:417',
  conversationId: '417',
  customerKey: '2:208',
  signal: 'customer_message',
  headers: '{}',
  body,
  receivedAt: new Date(1790475335000 + n),
});
const rows = (n: number) => Array.from({ length: n }, (_, i) => row(i));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'outage-center-spool-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const spoolOf = (processId = randomUUID()) => openSpool({ folder, processId, log });
const names = async () => (await readdir(folder)).filter((name) => name.endsWith('.spool'));

async function scanAll(spool: Spool) {
  for (const file of spool.files()) await spool.scan(file);
}

/** Everything in the files of a spool, as an import would read it. */
async function contents(spool: Spool): Promise<InboxRow[]> {
  const found: InboxRow[] = [];
  for (const file of spool.files())
    for (let at = 0; at < file.end!;) {
      const chunk = await readSpool(file.handle, at, file.end!);
      if (chunk.kind === 'records') found.push(...chunk.records.map((record) => record.row));
      at = chunk.next;
    }
  return found;
}

describe('a record', () => {
  test('is read as it was written', () => {
    const written = row(1, randomBytes(3000));
    const bytes = Buffer.concat([Buffer.from('before'), encodeSpoolRecord(written), Buffer.from('after')]);
    const read = decodeSpoolRecord(bytes, 6);
    expect(read).toEqual({ kind: 'record', row: written, next: bytes.length - 5 });
  });

  test('with any byte changed or missing is not taken for one', () => {
    const bytes = encodeSpoolRecord(row(1));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= change;
        expect(decodeSpoolRecord(damaged, 0).kind).not.toBe('record');
        expect(decodeSpoolRecord(bytes.subarray(0, at), 0).kind).toBe('short');
      }),
    );
  });
});

describe('a spool file that is taken over', () => {
  async function leaveBehind(all: InboxRow[]): Promise<string> {
    const spool = spoolOf();
    await spool.append(all);
    await spool.close();
    const [name] = await names();
    return path.join(folder, name!);
  }

  test('is read whole, small and large records alike', async () => {
    const all = [...rows(700), row(701, randomBytes(3_000_000)), ...rows(3)];
    await leaveBehind(all);
    const spool = spoolOf();
    await spool.adopt();
    await scanAll(spool);
    expect(spool.spooled()).toBe(704);
    expect(spool.since()).toEqual(all[0]!.receivedAt);
    const found = await contents(spool);
    expect(found.map(({ eventId }) => eventId)).toEqual(all.map(({ eventId }) => eventId));
    expect(found.every(({ body }, i) => body.equals(all[i]!.body))).toBe(true);
  });

  test('loses nothing but the record that was being written, wherever it was torn', async () => {
    const all = rows(5);
    const torn = encodeSpoolRecord(row(6));
    const whole = await leaveBehind(all);
    const bytes = await readFile(whole);
    for (const length of [1, 3, 4, 20, 41, torn.length - 1]) {
      await rm(folder, { recursive: true, force: true });
      folder = await mkdtemp(path.join(tmpdir(), 'outage-center-spool-'));
      const file = path.join(folder, path.basename(whole));
      await writeFile(file, bytes);
      await appendFile(file, torn.subarray(0, length));
      const spool = spoolOf();
      await spool.adopt();
      await scanAll(spool);
      expect(await contents(spool)).toEqual(all);
      await spool.close();
      const [name] = await names();
      expect(await readFile(path.join(folder, name!))).toEqual(bytes);
    }
  });

  test('keeps what follows a damaged record', async () => {
    const all = rows(9);
    const file = await leaveBehind(all);
    const handle = await open(file, 'r+');
    await handle.write('damage', encodeSpoolRecord(all[0]!).length * 4 + 60);
    await handle.close();
    const spool = spoolOf();
    await spool.adopt();
    await scanAll(spool);
    expect(await contents(spool)).toEqual([...all.slice(0, 4), ...all.slice(5)]);
  });
});

describe('two processes with one folder', () => {
  test('the file of a living process is left alone', async () => {
    const [a, b] = [spoolOf(), spoolOf()];
    await a.append(rows(2));
    await b.adopt();
    expect(b.files()).toHaveLength(0);
  });

  test('a process whose file was taken by mistake loses nothing', async () => {
    const all = rows(6);
    const [a, b] = [spoolOf(), spoolOf()];
    await a.append(all.slice(0, 2));
    const [name] = await names();
    const { id } = parseSpoolFileName(name!)!;
    await rename(path.join(folder, name!), path.join(folder, spoolFileName(id, NOBODY)));
    await b.adopt();
    await scanAll(b);
    await a.append(all.slice(2, 4));
    await a.append(all.slice(4));
    expect(a.files()).toHaveLength(2);
    const found = new Set([...(await contents(a)), ...(await contents(b))].map(({ eventId }) => eventId));
    expect(found).toEqual(new Set(all.map(({ eventId }) => eventId)));
  });
});

test('a file that is not imported to its end is not deleted', async () => {
  const spool = spoolOf();
  await spool.append(rows(2));
  await expect(spool.remove(spool.files()[0]!)).rejects.toThrow('not imported');
  expect(await names()).toHaveLength(1);
});

describe('after a failed write', () => {
  test('nothing is kept of it, and the next one goes into a new file', async () => {
    const spool = spoolOf();
    const all = rows(4);
    await spool.append(all.slice(0, 2));
    await spool.files()[0]!.handle.close();
    await expect(spool.append(all.slice(2, 3))).rejects.toThrow();
    await spool.append(all.slice(3));
    expect(spool.files()).toHaveLength(2);
    expect(spool.spooled()).toBe(3);
  });
});

describe('whether an owner is dead', () => {
  const self = { host: 'aaaaaaaa', pid: 100, process: '11111111' };
  const now = new Date('2026-09-22T10:00:00Z');
  const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
  const base = { self, selfStartedAt: ago(5), touchedAt: ago(1), now };
  test.each([
    ['ended in good order', NOBODY, ago(0), true, true],
    ['another process that lives', { host: 'aaaaaaaa', pid: 7, process: '22222222' }, ago(1), true, false],
    ['another process that is gone', { host: 'aaaaaaaa', pid: 7, process: '22222222' }, ago(1), false, true],
    [
      'silent for long, though the pid is in use',
      { host: 'aaaaaaaa', pid: 7, process: '22222222' },
      ago(11),
      true,
      true,
    ],
    [
      'our own pid, in an earlier life of the container',
      { host: 'aaaaaaaa', pid: 100, process: '22222222' },
      ago(6),
      true,
      true,
    ],
    [
      'a namesake in another container',
      { host: 'aaaaaaaa', pid: 100, process: '22222222' },
      ago(1),
      true,
      false,
    ],
    ['ourselves, before the intake was opened again', self, ago(1), true, true],
    [
      'another machine, touched a moment ago',
      { host: 'bbbbbbbb', pid: 7, process: '22222222' },
      ago(1),
      false,
      false,
    ],
    ['another machine, silent', { host: 'bbbbbbbb', pid: 7, process: '22222222' }, ago(11), false, true],
  ])('%s', (_name, owner, touchedAt, alive, expected) => {
    expect(ownerIsDead({ ...base, owner, touchedAt, pidAlive: () => alive })).toBe(expected);
  });
});
