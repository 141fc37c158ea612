import { z } from 'zod';

/** What a file of another form is refused by. */
export const FORMAT = 1;

/** Why a backup was not made, not read or not put back: a sentence for an operator, with what to do. */
export class BackupProblem extends Error {}

const count = z.number().int().nonnegative();

/** A piece of a table or a file: one entry of the archive. */
const part = z.object({ entry: z.string(), bytes: count, sha256: z.string(), rows: count });
export type Part = z.infer<typeof part>;

const table = z.object({ name: z.string(), columns: z.array(z.string()), rows: count, parts: z.array(part) });
export type TableContent = z.infer<typeof table>;

/** Where a file belongs below DATA_DIR. */
const file = z.object({
  kind: z.enum(['spool', 'quarantine', 'secret']),
  name: z.string().regex(/^[\w.-]{1,200}$/),
  parts: z.array(part),
});
export type FileContent = z.infer<typeof file>;

const sequence = z.object({ name: z.string(), value: z.string().regex(/^\d+$/), called: z.boolean() });

/** First entry: whether this version understands the rest. */
export const about = z.object({
  format: z.number(),
  version: z.string(),
  createdAt: z.iso.datetime(),
  /** Those that the database had, in their order. */
  migrations: z.array(z.string()),
});

/** Last entry, so that a file without it is not complete. */
export const manifest = about.extend({
  tables: z.array(table),
  sequences: z.array(sequence),
  files: z.array(file),
  secrets: z.object({ present: z.array(z.string()), included: z.boolean() }),
  /** Names of the variables that were set; never what they were set to. */
  settings: z.array(z.string()),
  /** In files of other machines, hence not in here. */
  elsewhere: z.object({ spooled: count, quarantined: count }),
  ledger: z.object({ received: count, delivered: count, dead: count, balanced: z.boolean() }),
  audit: z.object({ intact: z.boolean(), rows: count.nullable(), words: z.string().nullable() }),
});
export type Manifest = z.infer<typeof manifest>;

export const ABOUT_ENTRY = 'about.json';
export const MANIFEST_ENTRY = 'manifest.json';

/** Bytes of a part, about: a row is never cut, so one with a large message may have more. */
export const PART_BYTES = 4 << 20;

export const rowsOf = ({ tables }: Pick<Manifest, 'tables'>): number =>
  tables.reduce((sum, { rows }) => sum + rows, 0);
