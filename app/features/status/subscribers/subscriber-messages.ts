import type { SendMailOptions } from 'nodemailer';
import { cut, oneLine } from '../../../lib/visible.ts';
import { html, type Markup, paragraphs } from '../render-parts.ts';
import type { Language, PublicNotice, PublicState } from '../status-document.ts';
import { timesIn, wordsIn } from '../status-words.ts';

/** What was published, as a subscriber is told of it. */
export interface UpdateToTell {
  id: number;
  noticeId: number;
  kind: PublicNotice['kind'];
  title: string;
  state: PublicNotice['updates'][number]['state'] | 'resolved';
  text: string;
  at: string;
  beganAt: Date;
  endsAt: Date | null;
  affects: { id: number; name: string; state: PublicState }[];
}

export interface Around {
  language: Language;
  /** The page's. */
  title: string;
  /** Of the app. */
  base: string;
  /** Where the subscription is confirmed, changed and ended. */
  link: string;
  address: string;
}

/** Longer subjects are cut by mail programs anyway. */
const SUBJECT = 200;

const stateOf = ({ kind, state }: UpdateToTell) =>
  // What is over is kept as resolved, whatever it was.
  kind === 'maintenance' && state === 'resolved' ? ('completed' as const) : state;

/** The mail of an update. Those of one notice are one conversation in a mail program. @param id of its row in the outbox */
export function updateMail(
  update: UpdateToTell,
  around: Around,
  { from, id }: { from: string; id: number },
): SendMailOptions & { subject: string; text: string } {
  const words = wordsIn(around.language);
  const { time } = timesIn(around.language);
  const state = words.update[stateOf(update)];
  const window =
    update.endsAt &&
    `${words.from} ${time(update.beganAt.toISOString())} ${words.to} ${time(update.endsAt.toISOString())}`;
  const affected = update.affects.map(({ name, state }) => `${name}: ${words.state[state]}`);
  const page = `${around.base}/status/incidents/${update.noticeId}`;
  const domain = domainOf(from);
  const root = `<status-${update.noticeId}@${domain}>`;
  return {
    ...envelope(around, from),
    subject: cut(`[${oneLine(around.title)}] ${oneLine(update.title)}: ${state}`, SUBJECT),
    messageId: `<status-${update.noticeId}.${id}@${domain}>`,
    ...{ inReplyTo: root, references: root },
    text: [
      `${state}, ${time(update.at)}`,
      ...(window ? [window] : []),
      ...(update.text ? ['', update.text] : []),
      ...(affected.length > 0 ? ['', ...affected] : []),
      ...['', page, '', '-- ', words.follow.why, around.link, ''],
    ].join('\n'),
    html: wrapped(
      around,
      html`<p><strong>${state}</strong>, ${time(update.at)}</p>
        ${window && html`<p>${window}</p>`}${paragraphs(update.text)}
        ${
          affected.length > 0 &&
          html`<ul>
            ${affected.map((line) => html`<li>${line}</li>`)}
          </ul>`
        }
        <p><a href="${page}">${page}</a></p>`,
    ),
  };
}

/** The mail that somebody gets who signed up: with the link that confirms, or that they are told already. */
export function subscriptionMail(
  around: Around,
  { from, confirmed }: { from: string; confirmed: boolean },
): SendMailOptions {
  const { follow } = wordsIn(around.language);
  const said = confirmed ? follow.known : follow.asked;
  return {
    ...envelope(around, from),
    subject: cut(
      `[${oneLine(around.title)}] ${confirmed ? follow.knownSubject : follow.askedSubject}`,
      SUBJECT,
    ),
    text: [said, '', around.link, ''].join('\n'),
    html: wrapped(
      around,
      html`<p>${said}</p>
        <p><a href="${around.link}">${around.link}</a></p>`,
      false,
    ),
  };
}

const domainOf = (from: string) => /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? 'outage-center.invalid';

function envelope({ address, link, language }: Around, from: string): SendMailOptions {
  return {
    from,
    // As an object: an address is never read as a list of several.
    to: [{ name: '', address: oneLine(address) }],
    headers: {
      // A mail program ends it with one click: https://www.rfc-editor.org/rfc/rfc8058
      'List-Unsubscribe': `<${link}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'Content-Language': language,
      // No holiday notice answers it: https://www.rfc-editor.org/rfc/rfc3834#section-5
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
    },
    // Nothing that a message says may make the mailer read a file or call an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

const wrapped = ({ language, link }: Around, body: Markup, why = true): string =>
  html`<!doctype html>
    <html lang="${language}">
      <body style="font-family:sans-serif;font-size:15px;line-height:1.5;color:#222">
        ${body}${why && html`<p style="color:#555;font-size:13px">${wordsIn(language).follow.why} <a href="${link}">${link}</a></p>`}
      </body>
    </html>`.text;

/** The body of a subscriber's webhook, by Standard Webhooks' advice: type, timestamp, data; states in Statuspage's words. */
export function updateHook(update: UpdateToTell, { base, link }: Pick<Around, 'base' | 'link'>): string {
  const { id, noticeId, kind, title, text, at, affects, beganAt, endsAt } = update;
  return JSON.stringify({
    type: kind === 'maintenance' ? 'maintenance.updated' : 'incident.updated',
    timestamp: at,
    data: {
      id: String(noticeId),
      name: title,
      status: stateOf(update),
      shortlink: `${base}/status/incidents/${noticeId}`,
      update: { id: String(id), body: text, created_at: at },
      components: affects.map((one) => ({ id: String(one.id), name: one.name, status: one.state })),
      ...(kind === 'maintenance' && { scheduled_for: beganAt, scheduled_until: endsAt }),
      subscription: link,
    },
  });
}
