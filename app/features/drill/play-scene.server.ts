import type { Services } from '../../lib/services.server.ts';
import type { Actor } from '../audit/actor.ts';
import { NO_CHECKLIST, toggleFallback } from '../fallback/toggle-fallback.server.ts';
import { acknowledge } from '../incidents/act-on-incident.server.ts';
import { currentIncidents } from '../incidents/read-incidents.server.ts';
import { type ClaimedDrill, type DrillEnd, recordDrill } from './read-drills.server.ts';
import { type DrillWorld, practiseUpdate, startDrillClock } from './world.server.ts';
import type { DrillAct } from './drill-view.ts';
import { isWarm, readWorld, type WorldReading } from './read-world.server.ts';
import { breakageAt } from './scenarios.ts';

/** A drill that is being played by this process. */
export interface Scene {
  drill: ClaimedDrill;
  world: DrillWorld;
  warmSince: Date;
  /** When the outage began; null while the sandbox proves that it works. */
  brokenAt: Date | null;
  repaired: { at: Date; by: string } | null;
  /** How the sandbox was last told to behave, as JSON. */
  applied: string;
}

/** A sandbox that does not work by then will not, ms. */
const WARM_UP_MS = 60_000;
/** Nobody practises longer, ms. */
const LONGEST_MS = 2 * 3_600_000;

const lost: DrillEnd = { state: 'aborted', by: 'Outage Center', reason: 'It was ended by another process.' };

/**
 * Takes a drill one step further: the outage begins when the sandbox has proved that it works, people's wishes are done,
 * the sandbox behaves as the scenario says, and what there is to see is kept.
 * @returns how it ended; null while it goes on
 */
export async function playScene(services: Services, scene: Scene, now: Date): Promise<DrillEnd | null> {
  const { drill, world } = scene;
  const asked = await performAsked(services, scene, now);
  if (!scene.brokenAt) {
    if (asked) return asked;
    if (await isWarm(world.services)) await breakIt(scene, now);
    else if (now.getTime() - scene.warmSince.getTime() > WARM_UP_MS)
      throw new Error('The sandbox of the drill did not come up within a minute.');
    else return null;
  }
  const minutes = ((now.getTime() - scene.brokenAt!.getTime()) * drill.speed) / 60_000;
  if (!scene.repaired && drill.repairAfter !== null && minutes >= drill.repairAfter)
    scene.repaired = { at: now, by: 'the scenario' };
  await behave(scene, minutes);
  const reading = await readWorld(world.services, now);
  const recoveredAt = recovery(scene, reading);
  const isOurs = await recordDrill(services, drill.id, {
    ...reading.marks,
    brokenAt: scene.brokenAt!.toISOString(),
    repairedAt: scene.repaired?.at.toISOString() ?? null,
    repairedBy: scene.repaired?.by ?? null,
    recoveredAt,
    progress: reading.progress,
  });
  services.changes.announce('page');
  if (!isOurs) return lost;
  return asked ?? endOf(scene, reading, recoveredAt, now);
}

/** Just after a check: how long it takes until the next is part of the detection, and the same in every drill. */
async function breakIt(scene: Scene, now: Date): Promise<void> {
  const { world, drill } = scene;
  scene.brokenAt = now;
  const { config, db } = world.services;
  await startDrillClock(db.pool, { speed: drill.speed, intervalMs: config.HEALTH_CHECK_INTERVAL, now });
}

async function behave(scene: Scene, minutes: number): Promise<void> {
  const breakage = breakageAt(scene.drill.scenario, scene.repaired ? null : minutes);
  const wanted = JSON.stringify(breakage);
  if (wanted === scene.applied) return;
  await scene.world.behave(breakage);
  scene.applied = wanted;
}

/** It has recovered when it was repaired and no alert of any incident fires any more. */
function recovery({ repaired }: Scene, { marks: { clearedAt } }: WorldReading): string | null {
  if (!repaired || clearedAt === null) return null;
  return clearedAt > repaired.at.toISOString() ? clearedAt : repaired.at.toISOString();
}

function endOf(
  { brokenAt, repaired }: Scene,
  { healthy, marks, progress }: WorldReading,
  recoveredAt: string | null,
  now: Date,
): DrillEnd | null {
  const by = 'Outage Center';
  if (recoveredAt && progress.fallback === 'off')
    return { state: 'done', by, reason: 'Recovered: every alert is over.' };
  if (repaired && healthy && !marks.detectedAt)
    return { state: 'done', by, reason: 'It was repaired before this app had noticed it.' };
  if (now.getTime() - brokenAt!.getTime() > LONGEST_MS)
    return { state: 'aborted', by, reason: 'Aborted after 2 hours.' };
  return null;
}

/** @returns how the drill ends, when that is what somebody asked for */
async function performAsked(services: Services, scene: Scene, now: Date): Promise<DrillEnd | null> {
  const { rows } = await services.db.pool.query<{ id: number; act: DrillAct; actor: Actor; at: Date }>(
    'SELECT id, act, actor, at FROM drill_acts WHERE drill_id = $1 AND done_at IS NULL ORDER BY id',
    [scene.drill.id],
  );
  let end: DrillEnd | null = null;
  for (const { id, act, actor, at } of rows) {
    if (act === 'end') end = await endedBy(services, scene, actor);
    const answer = act === 'end' ? 'Ended.' : await perform(scene, act, { actor, now: at });
    await services.db.pool.query('UPDATE drill_acts SET done_at = $2, answer = $3 WHERE id = $1', [
      id,
      now,
      answer,
    ]);
  }
  return end;
}

async function perform(
  scene: Scene,
  act: Exclude<DrillAct, 'end'>,
  // The moment of the click is what counts: a second is a minute here.
  { actor, now }: { actor: Actor; now: Date },
): Promise<string> {
  if (act !== 'repair') return performAct(scene.world.services, act, { actor, now });
  if (scene.repaired) return `Not done: it had been repaired by ${scene.repaired.by}.`;
  scene.repaired = { at: now, by: actor.name };
  return 'Repaired.';
}

/** After the recovery nothing is missing; before, it was broken off. */
async function endedBy({ db }: Services, { drill }: Scene, { name }: Actor): Promise<DrillEnd> {
  const { rows } = await db.pool.query(
    'SELECT 1 FROM drill_runs WHERE id = $1 AND recovered_at IS NOT NULL',
    [drill.id],
  );
  return rows.length > 0
    ? { state: 'done', by: name, reason: 'Recovered, and ended by hand.' }
    : { state: 'aborted', by: name, reason: 'Aborted by hand before it was over.' };
}

/**
 * Does in the world of a drill what a person asked for, with the ordinary verbs.
 * @returns what came of it, in words
 */
async function performAct(
  world: Services,
  act: Exclude<DrillAct, 'repair' | 'end'>,
  { actor, now }: { actor: Actor; now: Date },
): Promise<string> {
  switch (act) {
    case 'acknowledge':
      return acknowledgeAll(world, actor, now);
    case 'publish':
      return practiseUpdate(world, actor, now);
    case 'fallback_on':
    case 'fallback_off': {
      const to = act === 'fallback_on' ? 'on' : 'off';
      const switched = await toggleFallback(world, {
        to,
        reason: 'Practised in a drill',
        // The checklist asks for tests with a real Chatwoot, which a drill does not have.
        restoreGate: NO_CHECKLIST,
        actor,
        now,
      });
      if (switched.outcome !== 'switched') return `Not done: fallback mode was ${to} already.`;
      return to === 'on'
        ? 'Fallback mode is on: deliveries wait, the notice is out.'
        : `Fallback mode is off: ${switched.held} waiting ${switched.held === 1 ? 'webhook goes' : 'webhooks go'} out.`;
    }
  }
}

async function acknowledgeAll(world: Services, actor: Actor, now: Date): Promise<string> {
  const open = (await currentIncidents(world)).filter(({ status }) => status === 'open');
  for (const { id } of open) await acknowledge(world, { incidentId: id, actor, now });
  if (open.length === 0) return 'Nothing to acknowledge: no incident is open yet, or somebody is on it.';
  return open.length === 1 ? 'Acknowledged.' : `${open.length} incidents acknowledged.`;
}
