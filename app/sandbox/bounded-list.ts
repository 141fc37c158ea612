/** Appends; beyond `cap` the oldest entries go (a tenth at a time, so that it costs little). */
export function appendBounded<T>(list: T[], item: T, cap: number): void {
  list.push(item);
  if (list.length > cap) list.splice(0, list.length - Math.ceil(cap * 0.9));
}
