import type pg from 'pg';
import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { recordGuideStep } from '../incidents/guide/change-guide-step.server.ts';
import { findStep, guideFor } from '../incidents/guide/guide.ts';
import { type IncidentRow, isOpen } from '../incidents/incident-row.server.ts';
import { recordMark } from '../recovery/gate-marks.server.ts';

/** Items of the recovery's checklist that telling customers of the end fills, by what `filled` calls them. */
export const RESOLUTION = { page: 'told:status_page', customers: 'told:customers' } as const;

/**
 * Ticks off what publishing has done: steps of the incident's guide, and who was told of its end. Each once for a notice:
 * what a person takes back stays so. The incident is locked.
 * @param did evidence by name: of a step without its guide, e.g. `notice`, or one of {@link RESOLUTION}
 */
export async function fillRecord(
  client: pg.PoolClient,
  config: Services['config'],
  {
    incident,
    noticeId,
    did,
    actor,
    now,
  }: { incident: IncidentRow; noticeId: number; did: Record<string, string>; actor: Actor; now: Date },
): Promise<void> {
  const { rows } = await client.query<{ filled: string[] }>(
    'SELECT filled FROM status_notices WHERE id = $1 FOR UPDATE',
    [noticeId],
  );
  const names = Object.keys(did).filter((name) => !rows[0]!.filled.includes(name));
  if (names.length === 0) return;
  await client.query('UPDATE status_notices SET filled = filled || $2::text[] WHERE id = $1', [
    noticeId,
    names,
  ]);
  const keys = guideFor(incident.cause).flatMap(({ steps }) => steps.map(({ key }) => key));
  for (const name of names) {
    const evidence = did[name]!;
    if (name.startsWith('told:')) {
      const item = name.slice('told:'.length);
      await recordMark(client, {
        ...{ gate: 'recovery', incidentId: incident.id, item, done: true, note: evidence, actor, now },
      });
      continue;
    }
    if (!isOpen(incident)) continue;
    for (const key of keys.filter((known) => known.endsWith(`.${name}`))) {
      const step = findStep(incident.cause, key, config.CHATWOOT_HOSTING);
      if (step && !step.check)
        await recordGuideStep(client, {
          ...{ incidentId: incident.id, step: step.key, title: step.title, evidence, actor, now },
          state: 'done',
        });
    }
  }
}
