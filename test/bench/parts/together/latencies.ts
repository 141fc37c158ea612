import { quantile } from '../../measures.ts';
import type { Sides } from './sides.ts';

/** Webhooks and rows at the same rate, whether or not answers come. */
export async function atHalfRate(sides: Sides, rate: number, seconds: number) {
  const n = Math.round(rate * seconds);
  const { latencies } = await sides.post('app', n, rate);
  await sides.delivered('app');
  const plain = await sides.insert(n, rate);
  return {
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    max: quantile(latencies, 1),
    plainP50: quantile(plain.latencies, 0.5),
    plainP99: quantile(plain.latencies, 0.99),
  };
}

const RATE = 20;

/** From the moment at which a webhook is sent to the moment at which the Agent service has it, ms, at a low rate. */
export async function at20(sides: Sides, seconds: number) {
  const unsettled = await way(sides, 'unsettled', seconds);
  const settled = await way(sides, 'app', seconds);
  return {
    p50: quantile(unsettled, 0.5),
    p99: quantile(unsettled, 0.99),
    settled: quantile(settled, 0.5) - sides.settleMs,
  };
}

async function way(sides: Sides, side: 'app' | 'unsettled', seconds: number): Promise<number[]> {
  const { first, sentAt } = await sides.post(side, RATE * seconds, RATE);
  const cameAt = await sides.delivered(side);
  return [...sentAt].map((at, index) => (cameAt.get(String(first + index)) ?? Number.NaN) - at);
}
