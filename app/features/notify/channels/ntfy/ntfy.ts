import type { Message, Outgoing } from '../../message.ts';
import { ACKNOWLEDGE, earlierLines, factsOf, headline, linkOf, sentenceOf } from '../../message-words.ts';
import { ntfyConvention, type Service } from '../conventions.ts';

/** A longer message becomes a file, bytes: https://docs.ntfy.sh/publish/#limitations */
const LIMITS = { title: 250, message: 3500 };

/** From 1 to 5, which goes through a phone's silence: https://docs.ntfy.sh/publish/#message-priority */
const PRIORITIES: Record<Message['severity'], number> = { P0: 5, P1: 4, P2: 3, warning: 3, info: 2 };
const CALLS = new Set(['opened', 'raised', 'escalated', 'reopened', 'test']);

/** ntfy, by the address of a topic, with an access token where the topic is reserved. */
export const ntfy: Service = {
  post(outgoing, { url, to, secret }) {
    return {
      url,
      ...(secret && { headers: { authorization: `Bearer ${secret}` } }),
      body: { topic: to, ...ntfyMessage(outgoing) },
    };
  },
  convention: ntfyConvention,
};

/** https://docs.ntfy.sh/publish/#publish-as-json */
function ntfyMessage(outgoing: Outgoing): object {
  const { message, earlier, acknowledge } = outgoing;
  const { kind, severity } = message;
  const link = linkOf(outgoing);
  const lines = [
    sentenceOf(outgoing),
    ...factsOf(outgoing).map(({ label, value }) => `${label}: ${value}`),
    ...(earlier.length > 0 ? ['Before this:', ...earlierLines(earlier)] : []),
    ...(link.url ? [] : [link.words]),
  ];
  const actions = [
    ...(acknowledge ? [{ action: 'view', label: ACKNOWLEDGE.words, url: acknowledge, clear: true }] : []),
    ...(link.url ? [{ action: 'view', label: link.words, url: link.url }] : []),
  ];
  return {
    title: bytes(headline(outgoing), LIMITS.title),
    message: bytes(lines.join('\n'), LIMITS.message),
    // What calls nobody wakes nobody.
    priority: CALLS.has(kind) ? PRIORITIES[severity] : Math.min(PRIORITIES[severity], 3),
    ...(link.url && { click: acknowledge ?? link.url }),
    ...(actions.length > 0 && { actions }),
  };
}

/** At most so many bytes of a text; no character is cut in two. */
function bytes(text: string, limit: number): string {
  const whole = Buffer.from(text.toWellFormed());
  if (whole.length <= limit) return text.toWellFormed();
  return `${new TextDecoder().decode(whole.subarray(0, limit - 3), { stream: true })}…`;
}
