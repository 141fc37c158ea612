import { describe, expect, test } from 'vitest';
import { isDatabaseAway } from '../../app/lib/database/transaction.server.ts';
import { serversOf, withDatabase } from '../../app/lib/database/database-address.ts';
import { poolSizes, tooFew } from '../../app/lib/database/limits.ts';
import { troubleOf } from '../../app/lib/database/trouble.ts';

describe('the address of the database', () => {
  test.each([
    ['postgresql://me:pw@one:5432/x', ['postgresql://me:pw@one:5432/x']],
    ['postgresql://me:pw@one,two/x', ['postgresql://me:pw@one/x', 'postgresql://me:pw@two/x']],
    [
      'postgres://me:p%40w@one:5432,two:6432/x?sslmode=require&target_session_attrs=read-write',
      ['postgres://me:p%40w@one:5432/x?sslmode=require', 'postgres://me:p%40w@two:6432/x?sslmode=require'],
    ],
    ['postgresql://[::1]:5432,[::2]:5433/x', ['postgresql://[::1]:5432/x', 'postgresql://[::2]:5433/x']],
    ['postgresql:///x?host=/run/postgresql', ['postgresql://%2Frun%2Fpostgresql/x']],
    [
      'postgresql://me:pw@/x?port=5433&host=/srv/my sockets&sslmode=disable',
      ['postgresql://me:pw@%2Fsrv%2Fmy%20sockets:5433/x?sslmode=disable'],
    ],
    ['postgresql://me@one,/x', null],
    ['postgresql://me@one:eighty,two/x', null],
    ['mysql://me@one/x', null],
    ['nonsense', null],
  ])('%s', (address, servers) => {
    expect(serversOf(address)).toEqual(servers);
  });

  test.each([
    ['postgresql://me:pw@one:5432/x?sslmode=require', 'postgresql://me:pw@one:5432/drill?sslmode=require'],
    ['postgresql://me:pw@one,two:5433/x', 'postgresql://me:pw@one,two:5433/drill'],
    ['postgresql://me:pw@one', 'postgresql://me:pw@one/drill'],
  ])('%s with another database', (address, other) => {
    expect(withDatabase(address, 'drill')).toBe(other);
  });
});

describe('how many connections a process opens', () => {
  test.each([
    ['a large server', null, { allowed: 97, used: 2 }, 30],
    ['nothing known of the server', null, null, 30],
    ['20 slots', null, { allowed: 17, used: 1 }, 12],
    ['15 slots', null, { allowed: 12, used: 1 }, 8],
    ['10 slots', null, { allowed: 7, used: 0 }, 8],
    ['as it was told', 15, { allowed: 97, used: 2 }, 15],
  ])('%s', (_name, wanted, limits, total) => {
    const sizes = poolSizes(wanted, limits);
    expect(sizes.total).toBe(total);
    expect(sizes.work + sizes.queue + sizes.reads + 4).toBeLessThanOrEqual(total);
    expect(Math.min(sizes.work, sizes.queue, sizes.reads)).toBeGreaterThan(0);
  });

  test('too few are told with their number', () => {
    const sizes = poolSizes(null, { allowed: 7, used: 2 });
    expect(tooFew(sizes, { allowed: 7, used: 2 })?.sentence).toContain('5 connections left');
    expect(tooFew(sizes, { allowed: 12, used: 1 })).toBeNull();
  });
});

describe('what a failure means', () => {
  const failure = (code: string, message = '') => Object.assign(new Error(message), { code });
  test.each([
    [failure('ECONNREFUSED'), 'refused', true],
    [new AggregateError([failure('ECONNREFUSED'), failure('ECONNREFUSED')]), 'refused', true],
    [failure('ENOTFOUND'), 'unknown_host', true],
    [failure('EAI_AGAIN'), 'unknown_host', true],
    [failure('ETIMEDOUT'), 'silent', true],
    [new Error('timeout expired'), 'silent', true],
    [new Error('Connection terminated unexpectedly'), 'cut_off', true],
    [failure('28P01', 'password authentication failed for user "x"'), 'password', false],
    [failure('28000', 'no pg_hba.conf entry'), 'password', false],
    [new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'), 'password', false],
    [failure('3D000'), 'no_database', false],
    [failure('42501', 'permission denied for schema public'), 'no_rights', false],
    [failure('53300', 'sorry, too many clients already'), 'too_many_connections', true],
    [failure('08P01', 'no more connections allowed (max_client_conn)'), 'too_many_connections', true],
    [failure('08P01', 'query_wait_timeout'), 'too_many_connections', true],
    [failure('25006', 'cannot execute INSERT in a read-only transaction'), 'read_only', true],
    [failure('57P01'), 'stopping', true],
    [failure('57P02'), 'stopping', true],
    [failure('57P03', 'the database system is starting up'), 'not_ready', true],
    [failure('57P04'), 'no_database', false],
    [failure('53100'), 'disk_full', true],
    [failure('DEPTH_ZERO_SELF_SIGNED_CERT'), 'tls', false],
    [new Error('The server does not support SSL connections'), 'tls', false],
    [new Error('timeout exceeded when trying to connect'), 'no_connection_free', true],
    [failure('57014', 'canceling statement due to statement timeout'), 'silent', false],
    [failure('23505'), 'other', false],
    [
      Object.assign(new Error('Raw query failed.'), {
        code: 'P2010',
        meta: { driverAdapterError: { cause: { originalCode: '25006', originalMessage: 'read-only' } } },
      }),
      'read_only',
      true,
    ],
  ] as const)('%s: %s', (error, kind, away) => {
    expect(troubleOf(error).kind).toBe(kind);
    expect(isDatabaseAway(error)).toBe(away);
  });
});
