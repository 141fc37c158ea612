import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import { storableJson } from '../../lib/storable.ts';
import { SYSTEM } from '../audit/actor.ts';
import { lockIncident } from '../incidents/incident-row.server.ts';
import { isOn } from './build-document.server.ts';
import { insertUpdate } from './publish-update.server.ts';
import { channelsByItself, queueUpdate } from './queue-update.server.ts';
import { readPage } from './read-settings.server.ts';
import { planMailing } from './subscribers/mailing.server.ts';
import { wordsIn } from './status-words.ts';

interface OpenNotice {
  id: number;
  incidentId: number | null;
  components: object;
}

/**
 * An incident was merged: its notice goes on as that of the other. When that has one, this one ends and the other names its
 * components too, so that they stay what they are until the other is over.
 * @param id of the incident that was merged
 * @returns whether anything changed: a drill takes none over, and then it goes on by hand where it is
 */
export async function passOn(
  client: pg.PoolClient,
  { config }: Services,
  { id, into, now }: { id: number; into: number; now: Date },
): Promise<boolean> {
  // As merging locks them.
  const locked = [];
  for (const one of [id, into].sort((a, b) => a - b)) locked.push(await lockIncident(client, one));
  if (locked.some((incident) => incident === null || incident.drillId !== null)) return false;
  const { rows } = await client.query<OpenNotice>(
    `SELECT id, incident_id AS "incidentId", components FROM status_notices
     WHERE incident_id = ANY($1) AND resolved_at IS NULL FOR UPDATE`,
    [[id, into]],
  );
  const [from, to] = [id, into].map((one) => rows.find(({ incidentId }) => incidentId === one));
  if (!from) return false;
  if (!to) {
    await client.query('UPDATE status_notices SET incident_id = $2 WHERE id = $1', [from.id, into]);
    return true;
  }
  await client.query('UPDATE status_notices SET components = $2 || components WHERE id = $1', [
    to.id,
    storableJson(from.components),
  ]);
  await client.query('UPDATE status_notices SET resolved_at = $2 WHERE id = $1', [from.id, now]);
  const page = await readPage(client);
  const updateId = await insertUpdate(client, {
    ...{ noticeId: from.id, now },
    text: wordsIn(page.language).auto.merged,
    state: 'resolved',
    author: SYSTEM.name,
    channels: channelsByItself(config),
  });
  if (isOn(config.STATUS_PAGE, page.enabled))
    await planMailing(client, config, { noticeId: from.id, updateId, now });
  await queueUpdate(client, config, { updateId, incidentId: id, components: [], to: ['statuspage'], now });
  return true;
}
