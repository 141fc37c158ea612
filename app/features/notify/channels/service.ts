import type { PostKind, Target } from '../channel.ts';
import type { Outgoing } from '../message.ts';
import type { Convention } from './conventions.ts';

/** Where a message of such a service goes. */
export type Place = Extract<Target, { kind: PostKind }>;

/** A service that takes a message as one POST; everything that is its own. */
export interface Service {
  post(outgoing: Outgoing, place: Place): { url: string; headers?: Record<string, string>; body: object };
  /** How it says that it has taken it. */
  convention: Convention;
}
