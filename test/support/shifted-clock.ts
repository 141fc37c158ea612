/**
 * Preload of a child process (`node --import`): its clock, and only its own, is CLOCK_SHIFT_MS ahead. SIGUSR2 sets it to
 * CLOCK_SHIFT_LATER_MS. Timers and `performance.now()` go on, as they do on a machine whose clock is set.
 */
const RealDate = Date;
let shift = Number(process.env.CLOCK_SHIFT_MS ?? 0);
process.on('SIGUSR2', () => (shift = Number(process.env.CLOCK_SHIFT_LATER_MS ?? 0)));

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [RealDate.now() + shift] : args, newTarget) as Date,
  apply: () => new RealDate(RealDate.now() + shift).toString(),
  get: (target, name, receiver) =>
    name === 'now' ? () => RealDate.now() + shift : (Reflect.get(target, name, receiver) as unknown),
});
