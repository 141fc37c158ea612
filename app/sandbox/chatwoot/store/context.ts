import type { Random } from '../../random.ts';
import type { Announcements } from './announcements.ts';
import type { OpenDirectory } from './directory.ts';
import type { Conversation, Place } from '../records.ts';
import type { Version } from '../version.ts';

/** What the parts of the store share. */
export interface StoreContext {
  place: Place;
  placeOf: (conversation: Conversation) => Place;
  random: Random;
  /** Unix milliseconds. */
  now: () => number;
  version: Version;
  /** Conversations kept. */
  cap: number;
  conversations: Map<number, Conversation>;
  directory: OpenDirectory;
  /** Ids given next. */
  next: { conversation: number; message: number };
  autoReply: (conversation: Conversation) => string | null;
  /** Whether conversations are given to somebody by themselves. */
  assigns: boolean;
  tell: Announcements;
}
