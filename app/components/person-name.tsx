import { visible } from '../lib/visible.ts';

/** Somebody's name, whatever they called themselves: one written from right to left turns nothing around it (bdi). */
export function PersonName({ name }: { name: string }) {
  return <bdi>{visible(name)}</bdi>;
}
