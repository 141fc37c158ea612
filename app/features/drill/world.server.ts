import type { Services } from '../../lib/services.server.ts';
import type { Breakage } from './scenarios.ts';

/** What a drill is played in: a sandbox and services of its own, with a database of its own. */
export interface DrillWorld {
  /** Its verbs are the ordinary ones; whatever they do stays in here. */
  services: Services;
  /** Makes the sandbox behave so from now on. @throws when the sandbox is gone */
  behave(breakage: Breakage): Promise<void>;
  /** Ends everything but the database. */
  stop(): Promise<void>;
}

export interface WorldOrder {
  drillId: number;
  speed: number;
  notify: 'marked' | 'simulated';
  /** Name of its database; it does not exist yet. */
  database: string;
}

/** Sets a world up, in a few seconds. @throws with a sentence for people when it cannot be */
export type OpenWorld = (order: WorldOrder) => Promise<DrillWorld>;
