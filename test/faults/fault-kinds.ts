import { AGENT } from './kinds/agent.ts';
import { DATABASE } from './kinds/database.ts';
import { DISKS } from './kinds/disks.ts';
import type { FaultKind } from './kinds/kind.ts';
import { NETWORK } from './kinds/network.ts';
import { PROCESSES } from './kinds/processes.ts';

export const FAULT_KINDS: readonly FaultKind[] = [
  ...PROCESSES,
  ...DATABASE,
  ...NETWORK,
  ...DISKS.map((kind) => ({ ...kind, needsDisks: true })),
  ...AGENT,
];
