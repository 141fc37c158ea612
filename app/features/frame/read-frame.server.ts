import type { Services } from '../../lib/services.server.ts';
import { countFetched } from '../arrival/comparison/read-withheld.server.ts';
import { readConversationDrafts } from '../delivery/read-queue.server.ts';
import { outOfOfficeText } from '../fallback/fallback-words.ts';
import { readFallbackState } from '../fallback/read-fallback.server.ts';
import type { IntakeStatus } from '../intake/intake.ts';
import { readShell } from '../overview/read-overview.server.ts';
import { findConversation } from '../waiting/find-conversations.server.ts';
import { readWaitingKnown } from '../waiting/read-waiting-figures.server.ts';

/** What stands beside a conversation in Chatwoot: plain data, times as ISO texts. */
export interface FrameView {
  at: string;
  /** Whether support works, in one line. */
  tone: string;
  line: string;
  incident: { id: number; title: string; takenBy: string | null } | null;
  conversation: {
    /** Whether it is known if somebody waits in it, and how far that was known last; null: never. */
    known: boolean;
    asOf: string | null;
    /** null: nobody waits in it, if that is known. */
    waitingSince: string | null;
    dueAt: string | null;
    /** Messages without a draft yet, and since when; `held`: nothing goes out now; `given`: were given up. */
    drafts: { open: number; since: string | null; held: boolean; given: number };
    /** Messages that no webhook told of and that were fetched, within the last week. */
    fetched: number;
  };
  /** To be sent while drafts are away; null while they are not. */
  text: string | null;
  may: { take: boolean; fallback: boolean };
}

/**
 * @param wish.id Chatwoot's number of the conversation
 * @throws when the database does not answer
 */
export async function readFrame(
  services: Services,
  intake: IntakeStatus,
  wish: { id: string; may: FrameView['may']; now: Date },
): Promise<FrameView> {
  const { db, config } = services;
  const { id, may, now } = wish;
  const key = `${config.connection?.accountId}:${id}`;
  const [waiting, shell, [found], drafts, fetched, fallback] = await Promise.all([
    readWaitingKnown(db.pool, key, now),
    readShell(services, intake, now),
    findConversation(services, { id, withNames: false }),
    readConversationDrafts(db.pool, key),
    countFetched(db.pool, key, now),
    readFallbackState(services),
  ]);
  const { incident, tone, word } = shell;
  const away = fallback.state === 'on' || drafts.held || tone === 'critical';
  return {
    at: now.toISOString(),
    tone,
    line: lineOf(word, fallback.state === 'on', incident),
    incident: incident && { id: incident.id, title: incident.title, takenBy: incident.takenBy },
    conversation: {
      ...waiting,
      waitingSince: found?.waitingSince ?? null,
      dueAt: found?.dueAt ?? null,
      drafts,
      fetched,
    },
    text: away
      ? outOfOfficeText({
          email: config.SUPPORT_FALLBACK_EMAIL,
          statusPage: config.SUPPORT_STATUS_PAGE_URL ?? null,
        })
      : null,
    may: { ...may, take: may.take && incident !== null && incident.takenBy === null },
  };
}

function lineOf(
  word: string,
  fallbackOn: boolean,
  incident: { title: string; takenBy: string | null } | null,
) {
  const who = incident && (incident.takenBy ? `${incident.takenBy} is on it.` : 'Nobody is on it yet.');
  return [`${word}.`, incident && `${incident.title}.`, who, fallbackOn && 'No drafts: answer by hand.']
    .filter(Boolean)
    .join(' ');
}
