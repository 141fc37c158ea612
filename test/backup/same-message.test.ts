import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeBackup } from '../../app/features/backup/make-backup.server.ts';
import { restoreBackup } from '../../app/features/backup/restore-backup.server.ts';
import { createComparisonWorld } from '../arrival/comparison-world.ts';

/** What is younger than the last comparison and older than this is compared. */
const LATER = 16 * 60_000;

test('back up, live on, restore, compare: each message is there once more, under the id that it had', async () => {
  const world = await createComparisonWorld();
  const folder = await mkdtemp(path.join(tmpdir(), 'outage-center-backup-same-'));
  try {
    const { services } = world;
    const idsOfMessages = async () => {
      const { rows } = await services.db.pool.query<{ message: string; id: string }>(
        `SELECT convert_from(body, 'UTF8')::jsonb->>'id' AS message, event_id AS id FROM webhook_events
         WHERE event = 'message_created' ORDER BY 1, 2`,
      );
      return rows.map(({ message, id }) => `${message} ${id}`);
    };
    const talk = world.begins();
    world.says(talk);
    await world.settled();
    await world.reconcile();
    const backedUp = await idsOfMessages();
    const file = path.join(folder, 'backup');
    await makeBackup(services, { file, passphrase: null, withSecrets: false });

    world.says(talk);
    world.says(talk, 'outgoing');
    world.says(world.begins());
    await world.settled();
    const lived = await idsOfMessages();
    expect(lived.length).toBe(backedUp.length + 4);

    await restoreBackup(services, {
      file,
      passphrase: null,
      replace: true,
      actor: { id: 'cli:mara', name: 'cli:mara', role: 'operator', via: 'cli', from: null },
    });
    expect(await idsOfMessages()).toEqual(backedUp);
    await world.reconcile(() => new Date(Date.now() + LATER));
    expect(await idsOfMessages()).toEqual(lived);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await world.close();
  }
}, 120_000);
