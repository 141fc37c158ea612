import { expect, test } from 'vitest';
import { overviewWithoutDatabase } from '../../app/features/overview/overview-without-database.ts';
import { ago, MINUTE, NOW } from './figures.ts';
import { QUIET_INTAKE } from './intake-status.ts';

const page = (state: 'starting' | 'up' | 'down', spooled = 0) =>
  overviewWithoutDatabase(
    { connection: null },
    { ...QUIET_INTAKE, spooled, inUse: spooled > 0 },
    { state, since: ago(3 * MINUTE) },
    { range: '24h', now: NOW },
  );

test.each([
  [
    'down',
    14,
    'critical',
    'This page has not reached its database for 3 min, so it does not know about deliveries. New webhooks are safe in the spool file on disk: 14 webhooks so far.',
  ],
  [
    'down',
    0,
    'critical',
    'This page has not reached its database for 3 min, so it does not know about deliveries. New webhooks go to the spool file on disk; none has come so far.',
  ],
  [
    'up',
    0,
    'critical',
    'This page has not reached its database, so it does not know about deliveries. New webhooks go to the spool file on disk; none has come so far.',
  ],
  [
    'starting',
    1,
    'unknown',
    'The database has not been reached yet, so nothing is known about deliveries. New webhooks are safe in the spool file on disk: 1 webhook so far.',
  ],
] as const)('%s with %i spooled', (state, spooled, tone, sentence) => {
  expect(page(state, spooled).verdict).toMatchObject({ tone, sentence });
});

test('claims nothing that only the database knows', () => {
  const { ledger, ledgerCheck, chart, tiles, replays, events, warnings } = page('down', 2);
  expect({ ledger, ledgerCheck, chart, replays, events }).toEqual({
    ledger: null,
    ledgerCheck: null,
    chart: [],
    replays: [],
    events: [],
  });
  expect(new Set(tiles.map(({ tone }) => tone))).toEqual(new Set(['unknown']));
  expect(warnings.map(({ id }) => id)).toEqual(['spool_in_use']);
});
