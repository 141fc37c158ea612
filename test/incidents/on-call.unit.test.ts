import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  handOverAt,
  onCallAt,
  type Rotation,
  turnsBetween,
} from '../../app/features/incidents/on-call/on-call.ts';

const [ANA, BEN, EVA] = [1, 2, 3];
/** Sundays at 02:30, in the hour that is left out on 2027-03-28 and comes twice on 2026-10-25. */
const BERLIN: Rotation = {
  zone: 'Europe/Berlin',
  startsOn: '2026-10-18',
  handOver: '02:30',
  people: [ANA, BEN, EVA],
};
const utc = (at: Date) => at.toISOString().slice(0, 16);
const who = (at: string, rotation = BERLIN) => onCallAt(rotation, [], new Date(at))?.contactId ?? null;

describe('the nights in which clocks are set', () => {
  it('hands over at the first 02:30 of the night that has two', () => {
    expect([0, 1, 2].map((week) => utc(handOverAt(BERLIN, week)))).toEqual([
      '2026-10-18T00:30',
      // 02:30 in summer time; an hour later it is 02:30 again.
      '2026-10-25T00:30',
      '2026-11-01T01:30',
    ]);
    expect([who('2026-10-25T00:29:59Z'), who('2026-10-25T00:30:00Z'), who('2026-10-25T01:30:00Z')]).toEqual([
      ANA,
      BEN,
      BEN,
    ]);
  });

  it('hands over at 03:30 of the night that has no 02:30', () => {
    const spring = { ...BERLIN, startsOn: '2027-03-21' };
    expect([0, 1, 2].map((week) => utc(handOverAt(spring, week)))).toEqual([
      '2027-03-21T01:30',
      '2027-03-28T01:30',
      '2027-04-04T00:30',
    ]);
    expect([who('2027-03-28T01:29:59Z', spring), who('2027-03-28T01:30:00Z', spring)]).toEqual([ANA, BEN]);
  });

  it('keeps its hour by the clock on the wall the whole year round', () => {
    const mondays = { ...BERLIN, startsOn: '2026-11-30', handOver: '09:00' };
    expect(utc(handOverAt(mondays, 0))).toBe('2026-11-30T08:00');
    expect(utc(handOverAt(mondays, 26))).toBe('2027-05-31T07:00');
  });
});

describe('gaps and stand-ins', () => {
  it('nobody is on call before it begins, nor where it names nobody', () => {
    expect(who('2026-10-18T00:29:59Z')).toBeNull();
    expect(onCallAt({ ...BERLIN, people: [] }, [], new Date('2026-11-30T00:00:00Z'))).toBeNull();
  });

  it('whoever stands in has the time between, to the second, and of two the later said one counts', () => {
    const day = { from: new Date('2026-10-20T00:00:00Z'), to: new Date('2026-10-21T00:00:00Z') };
    const overrides = [
      { id: 2, contactId: EVA, ...day, from: new Date('2026-10-20T12:00:00Z') },
      { id: 1, contactId: BEN, ...day },
    ];
    const turns = turnsBetween(
      BERLIN,
      overrides,
      new Date('2026-10-19T00:00:00Z'),
      new Date('2026-10-22T00:00:00Z'),
    );
    expect(turns.map(({ contactId, from, to }) => [contactId, utc(from), utc(to)])).toEqual([
      [ANA, '2026-10-19T00:00', '2026-10-20T00:00'],
      [BEN, '2026-10-20T00:00', '2026-10-20T12:00'],
      [EVA, '2026-10-20T12:00', '2026-10-21T00:00'],
      [ANA, '2026-10-21T00:00', '2026-10-22T00:00'],
    ]);
  });
});

const HOUR = 3_600_000;
const rotations = fc.record({
  zone: fc.constantFrom(
    ...['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'],
    ...['America/St_Johns', 'Pacific/Apia', 'Africa/Casablanca'],
  ),
  startsOn: fc
    .date({ min: new Date('2009-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
  handOver: fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':')),
  people: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 5 }),
});
const moments = fc.date({ min: new Date('2008-01-01'), max: new Date('2032-01-01'), noInvalidDate: true });
const overridesOf = fc
  .array(
    fc.record({
      at: moments,
      hours: fc.integer({ min: 1, max: 2000 }),
      contactId: fc.integer({ min: 6, max: 9 }),
    }),
    {
      maxLength: 4,
    },
  )
  .map((list) =>
    list.map(({ at, hours, contactId }, id) => ({
      ...{ id, contactId, from: at },
      to: new Date(at.getTime() + hours * HOUR),
    })),
  );

describe('whatever the rotation', () => {
  it('every moment lies in one week, and whoever has it follows the one before in turn', () => {
    fc.assert(
      fc.property(rotations, moments, (rotation, at) => {
        const onCall = onCallAt(rotation, [], at);
        if (!onCall) {
          expect(rotation.people.length === 0 || at < handOverAt(rotation, 0)).toBe(true);
          return;
        }
        expect(handOverAt(rotation, onCall.week) <= at && at < handOverAt(rotation, onCall.week + 1)).toBe(
          true,
        );
        expect(onCall.contactId).toBe(rotation.people[onCall.week % rotation.people.length]);
      }),
    );
  });

  it('a week is 7 days, give or take what the clock was set', () => {
    fc.assert(
      fc.property(rotations, fc.integer({ min: -50, max: 1000 }), (rotation, week) => {
        const ms = handOverAt(rotation, week + 1).getTime() - handOverAt(rotation, week).getTime();
        // Apia left out a whole day in 2011.
        expect(Math.abs(ms - 168 * HOUR)).toBeLessThanOrEqual(
          (rotation.zone === 'Pacific/Apia' ? 25 : 2) * HOUR,
        );
      }),
    );
  });

  it('turns lie side by side without overlap, and say what is said of each moment', () => {
    fc.assert(
      fc.property(
        rotations,
        overridesOf,
        moments,
        fc.nat(2000),
        fc.nat(2000),
        (rotation, overrides, from, hours, into) => {
          const to = new Date(from.getTime() + hours * HOUR);
          const turns = turnsBetween(rotation, overrides, from, to);
          for (const [place, turn] of turns.entries()) {
            expect(turn.from < turn.to && turn.from >= from && turn.to <= to).toBe(true);
            if (place > 0) expect(turns[place - 1]!.to <= turn.from).toBe(true);
          }
          const at = new Date(from.getTime() + (into % (hours + 1)) * HOUR);
          if (at >= to) return;
          const own = turns.find((turn) => turn.from <= at && at < turn.to);
          expect(own?.contactId ?? null).toBe(onCallAt(rotation, overrides, at)?.contactId ?? null);
        },
      ),
    );
  });
});
