import { setTimeout as delay } from 'node:timers/promises';
import { between, pick, type Random } from '../../../app/sandbox/random.ts';
import type { MuteProxy } from '../../support/mute-proxy.ts';
import { away, noticed, type FaultKind } from './kind.ts';

/** Nothing passes, nobody is told; afterwards new connections work, and those that were there stay silent. */
async function mute(links: readonly MuteProxy[], which: 'all' | 'answers', random: Random): Promise<void> {
  for (const link of links) link.mute(which);
  await delay(between(random, 3500, 9000));
  for (const link of links) link.heal();
}

/** Connections break and new ones are refused; then all is as before. */
async function cut(links: readonly MuteProxy[], random: Random): Promise<void> {
  for (const link of links) link.cut();
  await noticed(random);
  for (const link of links) link.heal();
}

/** Every byte takes its time. */
async function slow(links: readonly MuteProxy[], ms: number, random: Random): Promise<void> {
  for (const link of links) link.slowBy(ms);
  await away(random);
  for (const link of links) link.slowBy(0);
}

export const NETWORK: FaultKind[] = [
  {
    name: 'silence between all and the database',
    isDatabaseAway: true,
    happens: ({ links }, random) => mute(links.database, 'all', random),
  },
  {
    name: 'half open: the database hears all and no answer comes back',
    happens: ({ links }, random) => mute(links.database, 'answers', random),
  },
  {
    name: 'silence between a worker and the database',
    happens: ({ links }, random) => mute([links.database[pick(random, [2, 3])]!], 'all', random),
  },
  {
    name: 'half open between a worker and the database',
    happens: ({ links }, random) => mute([links.database[pick(random, [2, 3])]!], 'answers', random),
  },
  {
    name: 'silence between a web and the database',
    mayComeLate: true,
    happens: ({ links }, random) => mute([links.database[pick(random, [0, 1])]!], 'all', random),
  },
  {
    name: 'silence between workers and the Agent service',
    happens: ({ links }, random) => mute([links.agent], 'all', random),
  },
  {
    name: 'half open: the Agent service hears all and no answer comes back',
    happens: ({ links }, random) => mute([links.agent], 'answers', random),
  },
  {
    name: 'silence between sender and webs',
    happens: ({ links }, random) => mute(links.webs, 'all', random),
  },
  {
    name: 'half open: webs hear the sender and no answer comes back',
    happens: ({ links }, random) => mute(links.webs, 'answers', random),
  },
  {
    name: 'Chatwoot silent while the webs are killed',
    async happens(world, random) {
      await Promise.all([mute([world.links.chatwoot], 'all', random), world.kill([0, 1])]);
    },
  },
  {
    name: 'cut between all and the database',
    isDatabaseAway: true,
    happens: ({ links }, random) => cut(links.database, random),
  },
  {
    name: 'cut between a worker and the database',
    happens: ({ links }, random) => cut([links.database[pick(random, [2, 3])]!], random),
  },
  {
    name: 'cut between workers and the Agent service',
    happens: ({ links }, random) => cut([links.agent], random),
  },
  { name: 'cut between sender and webs', happens: ({ links }, random) => cut(links.webs, random) },
  {
    name: 'slow between all and the database',
    happens: ({ links }, random) => slow(links.database, between(random, 20, 150), random),
  },
  {
    name: 'slow between workers and the Agent service',
    happens: ({ links }, random) => slow([links.agent], between(random, 100, 900), random),
  },
];
