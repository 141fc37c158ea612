import { TEMPLATE_FIELDS } from '../../channel.ts';
import type { Outgoing } from '../../message.ts';
import { factsOf, headline, linkOf, markedHeadline, sentenceOf, threadSubject } from '../../message-words.ts';
import { type Service, webhookConvention } from '../conventions.ts';

/** Any other webhook that takes JSON: what it is sent is written down once, with the names of fields in it. */
export const template: Service = {
  post: (outgoing, { url, secret, template: written }) => ({
    url,
    ...(secret && { headers: { authorization: secret } }),
    body: fillTemplate(written ?? '{}', outgoing),
  }),
  convention: webhookConvention,
};

type Field = (typeof TEMPLATE_FIELDS)[number];

const LONGEST = 8000;
const DEEPEST = 20;
/** Blanks around a name belong to it: apart they would be tried in every division of theirs, for minutes. */
const NAME = /\{\{([^{}]*)\}\}/;
const NAMES = new RegExp(NAME, 'g');

/**
 * What is wrong with a template, in a sentence; null when it can be filled.
 * @param text a JSON object or list; `{{name}}` in a text of it is a field, which alone in it becomes that field's own JSON
 */
export function wrongWithTemplate(text: string): string | null {
  if (text.length > LONGEST) return `A template has at most ${LONGEST} characters.`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'This is no JSON. Names of fields stand within quotes: {"text": "{{headline}}"}.';
  }
  if (typeof value !== 'object' || value === null) return 'A template is a JSON object or list.';
  return wrongWithin(value, 0);
}

function wrongWithin(value: unknown, depth: number): string | null {
  if (depth > DEEPEST) return 'The template is nested too deep.';
  if (typeof value === 'string') {
    const unknown = [...value.matchAll(NAMES)].map(([, name]) => name!.trim()).find((name) => !isField(name));
    return unknown !== undefined
      ? `There is no field “${unknown.slice(0, 40)}”. There are ${TEMPLATE_FIELDS.join(', ')}.`
      : null;
  }
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, within] of Object.entries(value)) {
    if (key.match(NAME)) return 'A field can stand in a value only, not in a name of the JSON.';
    const wrong = wrongWithin(within, depth + 1);
    if (wrong) return wrong;
  }
  return null;
}

const isField = (name: string): name is Field => (TEMPLATE_FIELDS as readonly string[]).includes(name);

/** A template with a message's fields in it. Values are put into the parsed JSON, so none of them can become a part of it. */
export function fillTemplate(text: string, outgoing: Outgoing): object {
  const fields = fieldsOf(outgoing);
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const [all, within = ''] = NAME.exec(value) ?? [];
      const alone = within.trim();
      if (all === value.trim() && isField(alone)) return fields[alone];
      return value.replaceAll(NAMES, (found, written: string) => {
        const name = written.trim();
        return isField(name) ? textOf(fields[name]) : found;
      });
    }
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, within]) => [key, fill(within)]));
  };
  return fill(JSON.parse(text)) as object;
}

function fieldsOf(outgoing: Outgoing) {
  const { message, thread, incidentId, drill, acknowledge = null } = outgoing;
  const { url } = linkOf(outgoing);
  return {
    headline: headline(outgoing),
    text: [`${markedHeadline(outgoing)}. ${sentenceOf(outgoing)}`, acknowledge ?? url]
      .filter(Boolean)
      .join('\n'),
    title: message.title,
    sentence: sentenceOf(outgoing),
    kind: message.kind,
    severity: message.severity,
    incident: incidentId,
    subject: threadSubject(outgoing),
    thread,
    link: url,
    acknowledge,
    facts: factsOf(outgoing),
    at: message.at,
    drill,
  } satisfies Record<Field, unknown>;
}

/** A field within a longer text. */
function textOf(value: ReturnType<typeof fieldsOf>[Field]): string {
  if (Array.isArray(value)) return value.map(({ label, value: said }) => `${label}: ${said}`).join('\n');
  return value === null ? '' : String(value);
}
