import type { ChatwootFailure } from '../../../lib/chatwoot/answer.ts';
import type { NoticeText } from '../../../lib/notice.ts';

const NOT = 'The webhook is not registered:';

/** What the button "Register again" came to, by the code in the page's address. */
const NOTICES = {
  registered: {
    tone: 'success',
    text: 'The webhook is registered in Chatwoot and this app has its secret. Send a test message on the page Health: it proves that messages arrive.',
  },
  not_connected: {
    tone: 'warning',
    text: `${NOT} Chatwoot is not connected, or APP_URL, under which it reaches this app, is not set.`,
  },
  inboxes_unreadable: {
    tone: 'warning',
    text: "The webhook is there, but Chatwoot's inboxes could not be read, so this app has not taken over the secrets. Try again.",
  },
  unauthorized: {
    tone: 'warning',
    text: `${NOT} Chatwoot refuses CHATWOOT_API_TOKEN (401). It has to be an administrator's.`,
  },
  suspended: { tone: 'warning', text: `${NOT} Chatwoot has suspended the account (401).` },
  forbidden: {
    tone: 'warning',
    text: `${NOT} Chatwoot forbids it (403): mostly a plan without API and webhooks.`,
  },
  not_found: {
    tone: 'warning',
    text: `${NOT} Chatwoot has no such account (404). Check CHATWOOT_ACCOUNT_ID and CHATWOOT_BASE_URL.`,
  },
  invalid: { tone: 'warning', text: `${NOT} Chatwoot does not take its address (422). Check APP_URL.` },
  throttled: {
    tone: 'warning',
    text: `${NOT} Chatwoot asks to slow down (429). Wait a minute and try again.`,
  },
  redirected: {
    tone: 'warning',
    text: `${NOT} Chatwoot redirects to another address. Check CHATWOOT_BASE_URL.`,
  },
  unreachable: {
    tone: 'warning',
    text: `${NOT} Chatwoot did not answer as it should. Try again when its health check is good.`,
  },
  hidden: {
    tone: 'warning',
    text: `${NOT} Chatwoot says that the address is taken and does not list it, mostly because its encryption keys changed. "npm run ops:connect-chatwoot" says more.`,
  },
  not_verified: {
    tone: 'warning',
    text: 'Chatwoot took the webhook and does not list it as asked for. Look at Settings, Integrations, Webhooks in Chatwoot and try again.',
  },
} as const satisfies Record<string, NoticeText>;

export type RegisterNoticeCode = keyof typeof NOTICES;

const PREFIX = 'webhook_';

export interface RegisterNotice {
  code: `${typeof PREFIX}${RegisterNoticeCode}`;
}

/** The sentence of the notice in a page's query; null when there is none, or none of these. */
export function registerNoticeText(params: URLSearchParams): NoticeText | null {
  const notice = params.get('notice') ?? '';
  const code = notice.startsWith(PREFIX) ? notice.slice(PREFIX.length) : '';
  return Object.hasOwn(NOTICES, code) ? NOTICES[code as RegisterNoticeCode] : null;
}

/** How a proof that messages arrive ended. */
export type Proof =
  /** @property afterMs from writing the message to its webhook; `signed`, or proved by the token in the address */
  | { outcome: 'arrived'; afterMs: number; signed: boolean }
  /** Chatwoot took the message, and no webhook told of it. */
  | { outcome: 'missing'; wroteAt: Date; waitedMs: number }
  /** The message could not be written. */
  | { outcome: 'not_written'; what: ChatwootFailure; doing: string };

/** The last proof that messages arrive, for the page. */
export type ProofView =
  | { state: 'none' }
  | { state: 'running'; since: string }
  | {
      state: 'proved' | 'not_proved';
      at: string;
      sentence: string;
      cause: string | null;
      cure: string | null;
    };
