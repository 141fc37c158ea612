import { KnownTrouble, troubleOfKind, type Trouble } from '../database/trouble.ts';

/** The app's own server is away; it is nobody's address that would have to be corrected. */
export const OWN_SERVER: Trouble = {
  kind: 'embedded',
  sentence: 'The app’s own PostgreSQL does not answer.',
  cure: 'It is started again by itself; if that takes longer than a minute, postgres.log beside its data says why.',
};

const UNWRITABLE: Trouble = {
  kind: 'embedded',
  sentence: 'The app may not write to DATA_DIR.',
  cure: 'Give the folder to the account that runs the app (chown), or set DATA_DIR to one that it may write to, and restart the app.',
};

const NO_FOLDER: Trouble = {
  kind: 'embedded',
  sentence: 'DATA_DIR, or a part of its path, is a file and not a folder.',
  cure: 'Set DATA_DIR to a folder and restart the app, or move the file away.',
};

const NOT_MADE: Trouble = {
  kind: 'embedded',
  sentence: 'The app’s own PostgreSQL could not be set up: initdb failed.',
  cure: 'postgres.log in the folder postgres under DATA_DIR, or in the folder that "location" there names, says why; mend that and it goes on by itself, or set DATABASE_URL to a PostgreSQL 15 or later.',
};

/** By node's code of what failed in the file system. */
const BY_CODE: readonly (readonly [RegExp, Trouble])[] = [
  [/^(EACCES|EPERM|EROFS)$/, UNWRITABLE],
  [/^(ENOTDIR|EEXIST)$/, NO_FOLDER],
  [/^(ENOSPC|EDQUOT)$/, troubleOfKind('disk_full')],
];

/** A failure while the app's own server is set up: of its files it is told apart, all else is left as it is. */
export function fileTrouble(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  const found = BY_CODE.find(([codes]) => typeof code === 'string' && codes.test(code));
  return found ? new KnownTrouble(found[1], error) : error;
}

/** @param said what initdb wrote before it ended */
export function initdbTrouble(error: unknown, said: string): KnownTrouble {
  const isFull = /no space left on device|disk quota exceeded/i.test(said);
  return new KnownTrouble(isFull ? troubleOfKind('disk_full') : NOT_MADE, error);
}
