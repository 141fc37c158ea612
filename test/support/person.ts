import type { Actor } from '../../app/features/audit/actor.ts';

/** Somebody who does something in a test. */
export function person(name: string, more: Partial<Actor> = {}): Actor {
  return { id: `test:${name}`, name, role: 'admin', via: 'session', from: '192.0.2.7', ...more };
}
