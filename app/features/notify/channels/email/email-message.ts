import type { SendMailOptions } from 'nodemailer';
import {
  ACKNOWLEDGE,
  earlierLines,
  factsOf,
  headline,
  linkOf,
  sentenceOf,
  threadSubject,
  utcText,
} from '../../message-words.ts';
import { cut, escapeHtml, oneLine } from '../../../../lib/visible.ts';
import type { MessageKind, Outgoing } from '../../message.ts';

/** Longer subjects are cut by mail programs anyway. */
const SUBJECT = 200;

/**
 * The e-mail of a message. One thread is one conversation in every mail program: all have the same subject and refer to
 * the same first message, whose id is made of the thread, so that it is known before and after a restart.
 * @param from SMTP_FROM: an address, or a name and an address in angle brackets
 */
export function emailMessage(outgoing: Outgoing, from: string, to: string): SendMailOptions {
  const { message, id, thread } = outgoing;
  const domain = /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? 'outage-center.invalid';
  const root = `<${thread.replaceAll(/[^\w.-]/g, '-').slice(0, 150)}@${domain}>`;
  const isFirst = message.kind === 'opened';
  const reply = isFirst ? {} : { inReplyTo: root, references: root };
  return {
    from,
    // As an object: an address is never read as a list of several.
    to: [{ name: '', address: oneLine(to) }],
    subject: cut(`${CALLS.has(message.kind) ? '' : replyMark(outgoing)}${threadSubject(outgoing)}`, SUBJECT),
    messageId: isFirst ? root : root.replace('@', `.${id}@`),
    ...reply,
    date: new Date(message.at),
    // No holiday notice and no helpdesk answers it: https://www.rfc-editor.org/rfc/rfc3834#section-5
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    ...(['P0', 'P1'].includes(message.severity) && CALLS.has(message.kind)
      ? { priority: 'high' as const }
      : {}),
    text: plainText(outgoing),
    html: html(outgoing),
    // Nothing that a message says may make the mailer read a file or call an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** What calls somebody: to a contact whom the ladder tells an escalation is the first word, and no reply. */
const CALLS: ReadonlySet<MessageKind> = new Set<MessageKind>(['opened', 'raised', 'escalated', 'reopened']);

/** Mail programs leave "Re:" out when they compare subjects; in a drill DRILL stays first, also there. */
const replyMark = ({ drill }: Outgoing) => (drill ? '' : 'Re: ');

function plainText(outgoing: Outgoing): string {
  const { message, earlier, acknowledge } = outgoing;
  const link = linkOf(outgoing);
  const facts = factsOf(outgoing).map(({ label, value }) => `${label}: ${value}`);
  const lines = earlierLines(earlier);
  return [
    headline(outgoing),
    '',
    sentenceOf(outgoing),
    ...(facts.length > 0 ? ['', ...facts] : []),
    ...(lines.length > 0 ? ['', 'Before this:', ...lines] : []),
    ...(acknowledge ? ['', `${ACKNOWLEDGE.words}: ${acknowledge}`, ACKNOWLEDGE.hint] : []),
    '',
    link.url ? `${link.words}: ${link.url}` : link.words,
    utcText(message.at),
    '',
  ].join('\n');
}

function html(outgoing: Outgoing): string {
  const { message, earlier, acknowledge } = outgoing;
  const link = linkOf(outgoing);
  const rows = factsOf(outgoing).map(
    ({ label, value }) =>
      `<tr><th align="left" style="padding:2px 16px 2px 0;color:#555">${escapeHtml(label)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  const lines = earlierLines(earlier).map((line) => `<li>${escapeHtml(line)}</li>`);
  return [
    '<!doctype html><html lang="en"><body style="font-family:sans-serif;font-size:15px;line-height:1.5;color:#222">',
    `<p style="font-size:17px"><strong>${escapeHtml(headline(outgoing))}</strong></p>`,
    `<p>${escapeHtml(sentenceOf(outgoing))}</p>`,
    rows.length > 0 ? `<table cellspacing="0" style="font-size:14px">${rows.join('')}</table>` : '',
    lines.length > 0 ? `<p>Before this:</p><ul>${lines.join('')}</ul>` : '',
    acknowledge
      ? `<p><a href="${escapeHtml(acknowledge)}" style="display:inline-block;padding:10px 18px;background:#1f5fbf;color:#fff;border-radius:6px;text-decoration:none"><strong>${ACKNOWLEDGE.words}</strong></a><br><span style="color:#555;font-size:13px">${ACKNOWLEDGE.hint}</span></p>`
      : '',
    link.url
      ? `<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.words)}</a></p>`
      : `<p>${escapeHtml(link.words)}</p>`,
    `<p style="color:#555;font-size:13px">${escapeHtml(utcText(message.at))}</p>`,
    '</body></html>',
  ].join('\n');
}
