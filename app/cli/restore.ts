import { rowsOf } from '../features/backup/backup-format.ts';
import { restoreBackup } from '../features/backup/restore-backup.server.ts';
import { lockDataDir } from '../lib/data-dir-lock.server.ts';
import { countText } from '../lib/words.ts';
import { argumentsOrExit, JSON_OPTION, WrongUsage } from './command-line.ts';
import { cliActor, fail, runWithServices } from './with-services.server.ts';

const { from, replace, json } = argumentsOrExit(
  {
    name: 'ops:restore',
    does: 'Puts a backup back, all of it or nothing, while the app is stopped. With BACKUP_KEY set it reads encrypted ones.',
    options: {
      from: { type: 'string', value: 'FILE', help: 'what ops:backup wrote' },
      replace: { type: 'boolean', help: 'throws away what the database holds now' },
      json: JSON_OPTION,
    },
    ends: ['when everything is there as it was', 'when nothing was changed'],
  },
  (values) => {
    if (!values.from) throw new WrongUsage('Say which: --from FILE.');
    return { ...values, from: values.from };
  },
);

await runWithServices(async (services) => {
  const lock = await lockDataDir(services.config.DATA_DIR).catch((error: Error) => error);
  if (lock instanceof Error) return fail(`${lock.message} Nothing was changed.`, false);
  const { manifest, spooled, migrated } = await restoreBackup(services, {
    file: from,
    passphrase: services.config.BACKUP_KEY ?? null,
    replace: replace ?? false,
    actor: cliActor(),
  });
  await lock.release();
  const { createdAt, version, ledger, secrets, tables } = manifest;
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ createdAt, version, rows: rowsOf(manifest), spooled, migrated, ledger, secrets })}\n`,
    );
    return 0;
  }
  process.stdout.write(
    `${[
      `Everything is as it was at ${createdAt}: ${countText(rowsOf(manifest), 'row')} of ${countText(tables.length, 'table')}, counted; the ledger and the audit log agree.`,
      ...(spooled > 0 ? [`${countText(spooled, 'webhook')} came from the spool.`] : []),
      ...(migrated.length > 0
        ? [`${countText(migrated.length, 'migration')} brought it to this version.`]
        : []),
      secrets.included
        ? 'The secrets are back, too.'
        : `The secrets are not in it (${secrets.present.join(', ') || 'there were none'}): where they are gone, people sign in anew, second factors are set up anew, and Chatwoot is connected again.`,
      'Start the app: it compares Chatwoot with what is here and fetches what came since.',
    ].join('\n')}\n`,
  );
  return 0;
});
