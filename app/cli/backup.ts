import path from 'node:path';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { noteByHand } from '../features/backup/backup-rows.server.ts';
import { makeBackup } from '../features/backup/make-backup.server.ts';
import { rowsOf } from '../features/backup/backup-format.ts';
import { countText } from '../lib/words.ts';
import { argumentsOrExit, JSON_OPTION, WrongUsage } from './command-line.ts';
import { fail, runWithServices } from './with-services.server.ts';

const options = argumentsOrExit(
  {
    name: 'ops:backup',
    does: 'Writes everything that this app holds to one file, while it runs; with BACKUP_KEY set, encrypted.',
    options: {
      to: { type: 'string', value: 'FILE', help: 'where to; it must not be there yet' },
      'with-secrets': {
        type: 'boolean',
        help: 'puts the secrets of DATA_DIR in, too: whoever reads the file can sign as this app',
      },
      json: JSON_OPTION,
    },
    ends: ['when the file is whole and was read again', 'when there is none'],
  },
  (values) => {
    if (!values.to) throw new WrongUsage('Say where to: --to FILE.');
    if (existsSync(values.to)) throw new WrongUsage(`${values.to} is there already.`);
    return { ...values, to: path.resolve(values.to) };
  },
);

// A limit on the size of files (ulimit -f) fails the write, like a full disk, and does not end the command.
process.on('SIGXFSZ', () => undefined);

await runWithServices(async (services) => {
  const passphrase = services.config.BACKUP_KEY ?? null;
  const manifest = await makeBackup(services, {
    file: options.to,
    passphrase,
    withSecrets: options['with-secrets'] ?? false,
  });
  const { size: bytes } = await stat(options.to);
  await noteByHand(services.db.pool, {
    startedAt: new Date(manifest.createdAt),
    now: services.db.clock.now(),
    file: options.to,
    encrypted: passphrase !== null,
    bytes,
    rows: rowsOf(manifest),
  });
  const { tables, files, elsewhere, secrets, ledger, audit } = manifest;
  if (options.json) {
    const { createdAt, version } = manifest;
    process.stdout.write(
      `${JSON.stringify({ file: options.to, createdAt, version, rows: rowsOf(manifest), ledger, audit, elsewhere, secrets, encrypted: passphrase !== null })}\n`,
    );
  } else {
    const lines = [
      `Backup of ${manifest.createdAt}: ${countText(rowsOf(manifest), 'row')} of ${countText(tables.length, 'table')}, ${countText(files.length, 'file')}; read again and whole.`,
      passphrase === null
        ? 'It is not encrypted: set BACKUP_KEY, or keep it where messages of customers may lie.'
        : 'It is encrypted: without BACKUP_KEY nobody can read it, you neither.',
      secrets.included
        ? `The secrets are in it (${secrets.present.join(', ') || 'there are none'}).`
        : `The secrets are not in it (${secrets.present.join(', ') || 'there are none'}); keep .env and them elsewhere.`,
    ];
    if (elsewhere.spooled + elsewhere.quarantined > 0)
      lines.push(
        `${countText(elsewhere.spooled + elsewhere.quarantined, 'webhook')} in files of other machines ${elsewhere.spooled + elsewhere.quarantined === 1 ? 'is' : 'are'} not in it: they are when the database answers there.`,
      );
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  if (!audit.intact)
    return fail(`The backup is whole, but the audit log in it is NOT intact: ${audit.words}.`, false);
  if (!ledger.balanced) return fail('The backup is whole, but the ledger in it does not balance.', false);
  return 0;
});
