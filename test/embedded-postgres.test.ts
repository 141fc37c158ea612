import { expect, test } from 'vitest';
import { sharedBuffersMb } from '../app/lib/embedded-postgres.server.ts';

const GB = 2 ** 30;

test.each([
  ['a small container', 0.25 * GB, 128],
  ['a machine of 1 GB', GB, 256],
  ['a machine of 2 GB', 2 * GB, 512],
  ['a large machine', 64 * GB, 512],
])('the embedded server takes a quarter of the memory of %s, within bounds', (_name, bytes, megabytes) => {
  expect(sharedBuffersMb(bytes)).toBe(megabytes);
});
