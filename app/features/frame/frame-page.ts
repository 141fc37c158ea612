import { escapeHtml } from '../../lib/visible.ts';
import type { Config } from '../../lib/settings/config.ts';

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
