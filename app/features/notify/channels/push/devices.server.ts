import type { AuditAction } from '../../../audit/audit-words.ts';
import { createHash } from 'node:crypto';
import type pg from 'pg';
import webPush from 'web-push';
import { z } from 'zod';
import { openText, sealAnew, sealText } from '../../../../lib/body-cipher.server.ts';
import { inTransaction } from '../../../../lib/database/transaction.server.ts';
import type { Services } from '../../../../lib/services.server.ts';
import { storableJson } from '../../../../lib/storable.ts';
import type { Severity } from '../../../../lib/severity.ts';
import type { Actor } from '../../../audit/actor.ts';
import { recordAudit } from '../../../audit/record-audit.server.ts';
import type { Channel } from '../../message.ts';
import type { DeviceChoices, DeviceView, PushKey, Subscription } from './device-view.ts';

type Context = Pick<Services, 'config' | 'db'>;

/** Somebody with more browsers than this hears nothing any sooner. */
const MOST = 10;
const sealedAs = (id: number): string => `push-device:${id}`;
const KEY_SEALED_AS = 'push-key';

const base64url = (bytes: number) =>
  z.string().refine((text) => /^[\w-]+=*$/.test(text) && Buffer.from(text, 'base64url').length === bytes);

/** What a browser says of its subscription (https://www.w3.org/TR/push-api/#pushsubscription-interface). */
const subscription = z.object({
  endpoint: z.url({ protocol: /^https?$/ }).max(1000),
  keys: z.object({ p256dh: base64url(65), auth: base64url(16) }),
});

/** @returns null when it is none, or leads there in clear, as nothing but a test on one machine does */
export function readSubscription(
  text: string,
  { OUTBOUND_LOOPBACK_ONLY }: Services['config'],
): Subscription | null {
  try {
    const read = subscription.parse(JSON.parse(text.slice(0, 4000)));
    const isPlain = read.endpoint.startsWith('http:');
    return isPlain && !OUTBOUND_LOOPBACK_ONLY ? null : read;
  } catch {
    return null;
  }
}

async function readKey(
  db: pg.Pool | pg.ClientBase,
  { DATA_ENCRYPTION_KEYS: keys }: Services['config'],
): Promise<PushKey | 'none' | 'sealed'> {
  const { rows } = await (db as pg.ClientBase).query<PushKey>(
    'SELECT public_key AS "publicKey", private_key AS "privateKey" FROM push_key',
  );
  if (!rows[0]) return 'none';
  const stored = rows[0].privateKey;
  const privateKey = openText(keys, stored, KEY_SEALED_AS);
  if (privateKey === null) return 'sealed';
  const anew = sealAnew(keys, stored, KEY_SEALED_AS);
  if (anew) {
    // The browsers first: whoever dies in between begins again.
    await sealDevicesAnew(db as pg.ClientBase, keys);
    await (db as pg.ClientBase).query('UPDATE push_key SET private_key = $1 WHERE private_key = $2', [
      anew,
      stored,
    ]);
  }
  return { ...rows[0], privateKey };
}

async function sealDevicesAnew(
  db: pg.ClientBase,
  keys: Services['config']['DATA_ENCRYPTION_KEYS'],
): Promise<void> {
  const { rows } = await db.query<{ id: number; subscription: string }>(
    'SELECT id, subscription FROM push_devices WHERE ended_at IS NULL',
  );
  for (const { id, subscription: stored } of rows) {
    const anew = sealAnew(keys, stored, sealedAs(id));
    if (anew)
      await db.query('UPDATE push_devices SET subscription = $2 WHERE id = $1 AND subscription = $3', [
        id,
        anew,
        stored,
      ]);
  }
}

/**
 * Makes a new key when the one there is cannot be opened any more: every browser is bound to it, and has to be turned on anew.
 * @returns false when there is no need
 */
export async function replacePushKey({ config, db }: Context, { actor, now }: OwnChange): Promise<boolean> {
  return inTransaction(db.pool, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock(hashtext('push.devices'))");
    if ((await readKey(client, config)) !== 'sealed') return false;
    await client.query(
      `UPDATE push_devices SET ended_at = $1, subscription = '',
         ended_because = 'The key that it was bound to was lost. Turn it on anew.' WHERE ended_at IS NULL`,
      [now],
    );
    await client.query('DELETE FROM push_key');
    await recordAudit(client, { actor, action: 'push.new_key', target: 'push', at: now });
    return true;
  });
}

/** @returns null when it is sealed with a key that is not here */
export async function readOrMakePushKey({ config, db }: Context, now: Date): Promise<PushKey | null> {
  const found = await readKey(db.pool, config);
  if (found === 'sealed') return null;
  if (found !== 'none') return found;
  const fresh = webPush.generateVAPIDKeys();
  await db.pool.query(
    'INSERT INTO push_key (public_key, private_key, made_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [fresh.publicKey, sealText(config.DATA_ENCRYPTION_KEYS, fresh.privateKey, KEY_SEALED_AS), now],
  );
  const made = await readKey(db.pool, config);
  return typeof made === 'string' ? null : made;
}

export interface OwnChange {
  actor: Actor & { personId: string };
  now: Date;
}

/** Adds a browser of somebody's; whoever had it before has it no more. */
export async function addDevice(
  { config, db }: Context,
  { actor, now, name, told, ...choices }: OwnChange & DeviceChoices & { name: string; told: Subscription },
): Promise<'changed' | 'too_many'> {
  const hash = createHash('sha256')
    .update(`${told.endpoint} ${told.keys.p256dh} ${told.keys.auth}`)
    .digest('hex');
  return inTransaction(db.pool, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock(hashtext('push.devices'))");
    await client.query(
      `UPDATE push_devices SET ended_at = $2, ended_because = 'It was turned on anew.', subscription = '' WHERE hash = $1 AND ended_at IS NULL`,
      [hash, now],
    );
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO push_devices (person_id, person_name, name, hash, subscription, severities, only_called, created_at)
       SELECT $1, $7, $2, $3, '', $4, $5, $6 FROM push_devices WHERE person_id = $1 AND ended_at IS NULL HAVING count(*) < ${MOST} RETURNING id`,
      [actor.personId, name, hash, choices.severities, choices.onlyCalled, now, actor.name],
    );
    const id = rows[0]?.id;
    if (id === undefined) return 'too_many';
    const sealed = sealText(config.DATA_ENCRYPTION_KEYS, storableJson(told), sealedAs(id));
    await client.query('UPDATE push_devices SET subscription = $2 WHERE id = $1', [id, sealed]);
    await audit(client, id, { actor, now, action: 'push.add', after: { name, ...choices } });
    return 'changed';
  });
}

/** Changes for what one of somebody's own browsers is woken. */
export async function changeDevice(
  { db }: Context,
  { id, actor, now, severities, onlyCalled }: OwnChange & DeviceChoices & { id: number },
): Promise<boolean> {
  return inTransaction(db.pool, async (client) => {
    const { rowCount } = await client.query(
      'UPDATE push_devices SET severities = $3, only_called = $4 WHERE id = $1 AND person_id = $2 AND ended_at IS NULL',
      [id, actor.personId, severities, onlyCalled],
    );
    if (rowCount === 0) return false;
    await audit(client, id, { actor, now, action: 'push.edit', after: { severities, onlyCalled } });
    return true;
  });
}

/** Takes one of somebody's own browsers off. */
export async function removeDevice(
  { db }: Context,
  { id, actor, now }: OwnChange & { id: number },
): Promise<boolean> {
  return inTransaction(db.pool, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE push_devices SET ended_at = $3, ended_because = 'You took it off.', subscription = ''
       WHERE id = $1 AND person_id = $2 AND ended_at IS NULL`,
      [id, actor.personId, now],
    );
    if (rowCount === 0) return false;
    await audit(client, id, { actor, now, action: 'push.remove' });
    return true;
  });
}

const audit = (
  client: pg.ClientBase,
  id: number,
  { actor, now, action, after }: OwnChange & { action: AuditAction; after?: unknown },
): Promise<void> => recordAudit(client, { actor, action, target: `device:${id}`, after, at: now });

/** A push service says that a browser is subscribed no more: it is told nothing from now on. */
export async function endDevice(
  { db }: Pick<Services, 'db'>,
  id: number,
  answer: string,
  now: Date,
): Promise<void> {
  await db.pool.query(
    "UPDATE push_devices SET ended_at = $2, ended_because = $3, subscription = '' WHERE id = $1 AND ended_at IS NULL",
    [id, now, answer],
  );
}

/** Ended ones are shown so long, days. */
const SHOWN_DAYS = 14;

/** Somebody's own browsers; those that ended lately, too, with why. */
export async function readDevices(
  { db }: Pick<Services, 'db'>,
  personId: string,
  now: Date,
): Promise<DeviceView[]> {
  const { rows } = await db.pool.query<
    Omit<DeviceView, 'createdAt' | 'endedAt'> & { createdAt: Date; endedAt: Date | null }
  >(
    `SELECT id, name, hash, severities, only_called AS "onlyCalled", created_at AS "createdAt", ended_at AS "endedAt",
       ended_because AS "endedBecause"
     FROM push_devices WHERE person_id = $1 AND (ended_at IS NULL OR ended_at > $2 AND ended_because <> 'You took it off.')
     ORDER BY ended_at IS NOT NULL, id LIMIT 50`,
    [personId, new Date(now.getTime() - SHOWN_DAYS * 86_400_000)],
  );
  return rows.map(({ createdAt, endedAt, ...row }) => ({
    ...row,
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  }));
}

/**
 * Browsers that a change of an incident wakes: of its severity; those that are only for when the ladder calls, once it has.
 */
export async function devicesFor(
  client: pg.ClientBase,
  { incidentId, severity }: { incidentId: number; severity: Severity },
): Promise<Channel[]> {
  const { rows } = await client.query<{ id: number }>(
    `SELECT id FROM push_devices d WHERE ended_at IS NULL AND $2 = ANY (severities)
       AND (NOT only_called OR EXISTS (
         SELECT 1 FROM notifications WHERE incident_id = $1
           AND channel = jsonb_build_object('kind', 'push', 'of', 'device', 'deviceId', d.id)))
     ORDER BY id`,
    [incidentId, severity],
  );
  return rows.map(({ id }) => deviceChannel(id));
}

/** Browsers of these people, whom the ladder calls, by person. */
export async function devicesOf(
  client: pg.ClientBase,
  { personIds, severity }: { personIds: readonly string[]; severity: Severity },
): Promise<Map<string, Channel[]>> {
  const { rows } = await client.query<{ id: number; personId: string }>(
    `SELECT id, person_id AS "personId" FROM push_devices
     WHERE ended_at IS NULL AND person_id = ANY ($1) AND $2 = ANY (severities) ORDER BY id`,
    [personIds, severity],
  );
  const byPerson = Map.groupBy(rows, ({ personId }) => personId);
  return new Map([...byPerson].map(([personId, own]) => [personId, own.map(({ id }) => deviceChannel(id))]));
}

const deviceChannel = (deviceId: number): Channel => ({ kind: 'push', of: 'device', deviceId });

/** Whose a browser is; null when it is nobody's any more. */
export async function ownerOfDevice({ db }: Pick<Services, 'db'>, deviceId: number): Promise<string | null> {
  const { rows } = await db.pool.query<{ personId: string }>(
    'SELECT person_id AS "personId" FROM push_devices WHERE id = $1 AND ended_at IS NULL',
    [deviceId],
  );
  return rows[0]?.personId ?? null;
}

/** Where a browser is reached, and with which keys; else why not. */
export async function findDevice(
  { config, db }: Context,
  deviceId: number,
): Promise<{ told: Subscription; key: PushKey } | 'gone' | 'sealed'> {
  const { rows } = await db.pool.query<{ subscription: string }>(
    'SELECT subscription FROM push_devices WHERE id = $1 AND ended_at IS NULL',
    [deviceId],
  );
  if (!rows[0]) return 'gone';
  const opened = openText(config.DATA_ENCRYPTION_KEYS, rows[0].subscription, sealedAs(deviceId));
  const told = opened === null ? null : readSubscription(opened, config);
  const key = await readKey(db.pool, config);
  return told === null || typeof key === 'string' ? 'sealed' : { told, key };
}
