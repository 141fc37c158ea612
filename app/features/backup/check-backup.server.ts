import { readArchive } from './archive-file.server.ts';
import {
  about,
  ABOUT_ENTRY,
  BackupProblem,
  FORMAT,
  type Manifest,
  manifest,
  MANIFEST_ENTRY,
  type Part,
} from './backup-format.ts';
import { partOf, rowsIn } from './copy-tables.server.ts';

/**
 * Reads a backup to its last byte: is everything in it that was written, as it was written?
 * @returns what is in it
 * @throws BackupProblem when it is not whole, of a newer version, or the key does not fit
 */
export async function checkBackup(file: string, passphrase: string | null): Promise<Manifest> {
  const found = new Map<string, Part>();
  let told: unknown;
  let otherForm: BackupProblem | null | undefined;
  for await (const { name, body } of readArchive(file, passphrase)) {
    if (otherForm === undefined) otherForm = otherFormOf(file, name, body);
    // Whether it is another form or damage is known when all of it was read: compression has a checksum at its end.
    if (otherForm) continue;
    if (name === MANIFEST_ENTRY) told = parse(body);
    else found.set(name, partOf(name, body, name.startsWith('tables/') ? rowsIn(body) : 0));
  }
  if (otherForm) throw otherForm;
  const read = manifest.safeParse(told);
  if (!read.success)
    throw damaged(file, told === undefined ? 'its end is missing' : 'its list cannot be read');
  for (const part of [...read.data.tables, ...read.data.files].flatMap(({ parts }) => parts)) {
    const { entry, bytes, sha256, rows } = found.get(part.entry) ?? part;
    if (!found.delete(entry)) throw damaged(file, `${entry} is missing`);
    if (bytes !== part.bytes || sha256 !== part.sha256 || rows !== part.rows)
      throw damaged(file, `${entry} is not as it was written`);
  }
  found.delete(ABOUT_ENTRY);
  const [extra] = found.keys();
  if (extra !== undefined) throw damaged(file, `${extra} does not belong there`);
  return read.data;
}

/** By its first entry, before the rest is read: what that holds may have another shape. */
function otherFormOf(file: string, name: string, body: Buffer): BackupProblem | null {
  const read = name === ABOUT_ENTRY ? about.safeParse(parse(body)) : null;
  if (!read?.success)
    return new BackupProblem(`${file} is no backup of Outage Center, or its beginning is damaged.`);
  return read.data.format > FORMAT
    ? new BackupProblem(
        `${file} was made by a newer version (${read.data.version}): install that version or a later one. Nothing was changed.`,
      )
    : null;
}

/** @returns null for what is no JSON */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

const damaged = (file: string, why: string) =>
  new BackupProblem(`${file} is damaged or not complete (${why}): use another backup. Nothing was changed.`);
