import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import type { IncidentSummary } from '../incidents/incident-view.ts';
import { currentIncidents } from '../incidents/read-incidents.server.ts';
import { draftUpdate } from '../status/draft-update.server.ts';
import { publishUpdate } from '../status/publish-update.server.ts';
import { readPage, readStatusComponents } from '../status/read-settings.server.ts';
import type { Draft } from '../status/status-document.ts';

/** The ready text of an incident in the world of a drill, as the real page would have it. */
export async function readyText(
  { config, db }: Services,
  incident: IncidentSummary,
  now: Date,
): Promise<Draft> {
  const [{ language }, components] = await Promise.all([readPage(db.pool), readStatusComponents(db.pool)]);
  return draftUpdate(incident, {
    ...{ components, notice: null, language, now },
    email: config.SUPPORT_FALLBACK_EMAIL,
  });
}

/**
 * Publishes the ready text of the world's most severe incident with the ordinary verb; it stays in the drill's database.
 * @returns what came of it, in words
 */
export async function practiseUpdate(world: Services, actor: Actor, now: Date): Promise<string> {
  const [incident] = await currentIncidents(world);
  if (!incident) return 'Nothing to tell of: no incident is open yet.';
  const { outcome } = await publishUpdate(world, {
    ...(await readyText(world, incident, now)),
    ...{ incidentId: incident.id, seen: 0, channels: [], nextAt: null, actor, now, practised: true },
  });
  if (outcome === 'published') return 'Published in the drill: no customer reads it.';
  return outcome === 'changed_meanwhile'
    ? 'Not done: it was published already.'
    : 'Not done: the status page has no component to tell of.';
}
