import { pick, type Random } from '../../../app/sandbox/random.ts';
import type { Behaviour } from '../../../app/sandbox/agent/agent.ts';
import { away, type FaultKind } from './kind.ts';

const ALWAYS: FaultKind[] = (
  [
    ['reset'],
    ['hang'],
    ['down'],
    ['ok', { latencyMs: 1200 }],
    ...[500, 502, 503, 504, 408, 425].map((status) => ['status', { status }] as const),
    ['status', { status: 429, retryAfter: 1 }],
    ['status', { status: 503, retryAfter: 'Thu, 01 Jan 1970 00:00:00 GMT' }],
    ['status', { status: 503, retryAfter: 'soon' }],
  ] as const
).map(([mode, settings]) => ({
  name: `Agent service: ${mode} ${settings ? Object.values(settings).join(' ') : ''}`.trim(),
  async happens({ agent }, random) {
    await agent.setMode(mode, settings);
    await away(random);
    await agent.setMode('ok');
  },
}));

/** Each request meets something else. */
const anything = (random: Random): Behaviour | undefined =>
  pick<Behaviour | undefined>(random, [
    undefined,
    { mode: 'reset' },
    { mode: 'hang' },
    { mode: 'ok', latencyMs: 700 },
    { mode: 'status', status: 500 },
    { mode: 'status', status: 429, retryAfter: 1 },
  ]);

/** The Agent service misbehaves, in fifteen ways. */
export const AGENT: FaultKind[] = [
  ...ALWAYS,
  {
    name: 'Agent service: 503 now and then',
    async happens({ agent }, random) {
      agent.failRandomly(0.4, Math.floor(random() * 1e6));
      await away(random);
      agent.failRandomly(0, 0);
    },
  },
  {
    name: 'Agent service: anything at random',
    async happens({ agent }, random) {
      agent.setBehaviour(() => anything(random));
      await away(random);
      agent.setBehaviour(null);
    },
  },
];
