import { setTimeout as delay } from 'node:timers/promises';
import { between, type Random } from '../../../app/sandbox/random.ts';
import type { FaultWorld } from '../fault-world.ts';

/** Something that breaks, and is whole again when `happens` returns. */
export interface FaultKind {
  name: string;
  /** Whether the database is away meanwhile, so that /readyz has to say so. */
  isDatabaseAway?: boolean;
  /** A scenario of the public benchmark of PostgreSQL queues (five of chaos, four of pressure). */
  benchmark?: string;
  /** Whether it takes disks that become full, which only root may mount. */
  needsDisks?: boolean;
  /** Whether events may arrive behind later ones: only one web is cut off, and nobody can know what it holds (decision 6). */
  mayComeLate?: boolean;
  happens(world: FaultWorld, random: Random): Promise<void>;
}

/** For how long something is away: seldom longer than recovery takes. */
export const away = (random: Random) => delay(between(random, 300, 3000));
/** Long enough for it to be noticed, and said. */
export const noticed = (random: Random) => delay(between(random, 1500, 4000));
