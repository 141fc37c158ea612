import type { Services } from '../../lib/services.server.ts';
import type { Config } from '../../lib/settings/config.ts';
import { escapeHtml } from '../../lib/visible.ts';
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

/** Who may frame the page, and whose messages it reads: the connected Chatwoot, and whom FRAME_ANCESTORS names. */
export function frameOrigins({
  connection,
  FRAME_ANCESTORS,
}: Pick<Config, 'connection' | 'FRAME_ANCESTORS'>): string[] {
  const own = connection ? [new URL(connection.chatwootUrl).origin] : [];
  return [...new Set([...own, ...FRAME_ANCESTORS])];
}

/** The page beside a conversation, the same for everybody: what it shows it asks for when Chatwoot has said which one it is. */
export const framePage = (origins: readonly string[]): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Outage Center</title>
<link rel="stylesheet" href="/embed.css">
</head>
<body>
<main data-origins="${escapeHtml(origins.filter((origin) => !origin.includes('*')).join(' '))}">
<h1>Does support work?</h1>
<p id="trouble" role="alert" hidden></p>
<p id="wait">Open a conversation in Chatwoot: this page tells of it.</p>
<section id="sign-in" hidden>
<p>Sign in once in this browser: <a href="/embed/code" target="_blank" rel="noopener">get a code</a>, copy it, and put it here.</p>
<form id="code" autocomplete="off"><label>Code <input name="code" required></label> <button>Sign in</button></form>
</section>
<section id="shown" hidden>
<p><strong id="line" aria-live="polite"></strong></p>
<ul id="facts"></ul>
<div id="ready" hidden><p>Send this while drafts are away:</p><blockquote id="text"></blockquote><p><button id="copy" type="button">Copy</button></p></div>
<p><button id="take" type="button" hidden>Take the incident</button> <a id="fallback" class="button" href="/fallback" target="_blank" rel="noopener" hidden>Fallback mode</a></p>
</section>
</main>
<noscript>This page needs JavaScript: Chatwoot tells it the conversation.</noscript>
<script type="module" src="/embed.js"></script>
</body>
</html>
`;
