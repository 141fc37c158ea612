import { expect, test } from 'vitest';
import { createDatabaseClock } from '../../app/lib/database/database-clock.ts';

const T0 = Date.UTC(2026, 10, 29, 12);

/** A process that started 5 s ago, whose clock is ten minutes ahead of the database's. */
function world() {
  let monotonic = 5000;
  let processMs = T0 + 600_000;
  let databaseMs = T0;
  const clock = createDatabaseClock({ monotonic: () => monotonic, process: () => processMs });
  function pass(ms: number) {
    monotonic += ms;
    processMs += ms;
    databaseMs += ms;
  }
  return {
    clock,
    pass,
    database: () => databaseMs,
    setProcess: (ms: number) => (processMs += ms),
    setDatabase: (ms: number) => (databaseMs += ms),
    /** @param there ms until the database looks at its clock; as long again until the answer is here when left out */
    read(there = 1, back = there) {
      const sentAt = monotonic;
      pass(there);
      const databaseTime = new Date(databaseMs);
      pass(back);
      clock.read({ sentAt, answeredAt: monotonic, databaseTime });
    },
  };
}

const off = ({ clock, database }: ReturnType<typeof world>) => clock.now().getTime() - database();

test("before the database was reached it is the process's own", () => {
  const it = world();
  expect(it.clock.now().getTime()).toBe(T0 + 600_000);
  expect(it.clock.processAheadMs()).toBeNull();
});

test("then it is the database's, whatever becomes of the process's", () => {
  const it = world();
  it.read();
  expect([off(it), it.clock.processAheadMs()]).toEqual([0, 600_000]);
  it.setProcess(-3_600_000);
  it.pass(1000);
  expect([off(it), it.clock.processAheadMs()]).toEqual([0, -3_000_000]);
});

test('an answer that took long tells less than one that was quick', () => {
  const it = world();
  it.read();
  it.read(0, 900);
  expect(off(it)).toBe(0);
});

test("a database's clock that was set is followed at once, however it was set", () => {
  const it = world();
  it.read();
  it.setDatabase(-3_600_000);
  it.read();
  expect(off(it)).toBe(0);
  it.setDatabase(5000);
  it.read(40);
  expect(Math.abs(off(it))).toBeLessThanOrEqual(1);
});

test('a drift of the two is followed', () => {
  const it = world();
  it.read();
  for (let i = 0; i < 600; i++) {
    it.pass(500);
    it.setDatabase(0.05);
    it.read();
  }
  expect(Math.abs(off(it))).toBeLessThanOrEqual(2);
});

test('its last sign of life is the last answer, whatever the reading is worth', () => {
  const it = world();
  expect(it.clock.answeredAt()).toBe(-Infinity);
  it.read(1);
  it.pass(1000);
  it.read(900);
  expect(it.clock.answeredAt()).toBe(5000 + 2 + 1000 + 1800);
});
