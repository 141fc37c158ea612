import { wordOf } from '../../../../lib/json.ts';
import type { Services } from '../../../../lib/services.server.ts';
import type { Target } from '../../channel.ts';
import type { SendAnswer } from '../../decide-after-send.ts';
import type { Outgoing, PublicUpdate, Replacement } from '../../message.ts';
import { statuspageConvention } from '../conventions.ts';
import { hideSecrets, judgeAnswer, type Post, postOnce } from '../post-once.server.ts';

/** The newest incidents that are looked through for our own; more than go on at once. */
const LISTED = 50;
/** Of a list with all its updates, bytes. */
const READ_BYTES = 4 << 20;

type Statuspage = Extract<Target, { kind: 'statuspage' }>;
/** What it said, or why nothing more is asked. */
type Said = { value: unknown } | { problem: SendAnswer };

/**
 * Publishes an update at Atlassian Statuspage (https://developer.statuspage.io): an incident of its own for each notice,
 * found again by its metadata, so that a try whose answer was lost makes no second one and repeats no update.
 */
export async function sendToStatuspage(
  config: Services['config'],
  target: Statuspage,
  { message }: Outgoing,
  now: Date,
): Promise<SendAnswer> {
  const { update, replacement } = message;
  if (!update && !replacement)
    return { outcome: 'not_needed', answer: 'Statuspage is told of what customers are told, only.' };
  // What stands there is somebody else's text, also within a sentence of ours.
  const say = (sentence: string) => hideSecrets(sentence, [target.apiKey]);
  const page = `${target.apiUrl}/pages/${target.pageId}`;
  const call: Call = async (method, path, incident, kind = 'incident') => {
    const answer = await postOnce(config, {
      url: `${page}/${path}`,
      method,
      headers: { authorization: `OAuth ${target.apiKey}`, 'content-type': 'application/json' },
      ...(incident && { body: JSON.stringify({ [kind]: incident }) }),
      guarded: false,
      maxBytes: READ_BYTES,
    });
    const judged = judgeAnswer(answer, statuspageConvention, { secrets: [target.apiKey], now });
    if (judged.outcome !== 'accepted' || answer.outcome !== 'answered') return { problem: judged };
    try {
      return { value: JSON.parse(answer.body.toString('utf8')) as unknown };
    } catch {
      const said = `${answer.status}, and an answer that cannot be read: it broke off, or has more than ${READ_BYTES >> 20} MB.`;
      return { problem: { outcome: 'retry', answer: said, retryAfterMs: null } };
    }
  };

  if (!update) return replaceThere(call, replacement!, say);
  const listed = await call('GET', 'components?per_page=100');
  if ('problem' in listed) return listed.problem;
  const { known, unknown } = matchComponents(update, listed.value);
  const incidents = await call('GET', `incidents?limit=${LISTED}`);
  if ('problem' in incidents) return incidents.problem;
  const own = objectsOf(incidents.value).find((one) => noticeOf(one) === update.notice);
  const [newest] = objectsOf(own?.incident_updates);
  const isThere = own?.status === update.state && newest?.body === update.text && own.name === message.title;
  if (own && isThere && areSaid(known, newest, listed.value))
    return { outcome: 'accepted', answer: say(`It is there already, as incident ${wordOf(own.id)}.`) };
  const incident = {
    name: message.title,
    status: update.state,
    body: update.text,
    ...(Object.keys(known).length > 0 && { components: known, component_ids: Object.keys(known) }),
    deliver_notifications: true,
    ...(!own && { metadata: { outage_center: { notice: update.notice } } }),
  };
  const written = own
    ? await call('PATCH', `incidents/${encodeURIComponent(wordOf(own.id))}`, incident)
    : await call('POST', 'incidents', incident);
  if ('problem' in written) return written.problem;
  const [there] = objectsOf([written.value]);
  if (there?.status !== update.state)
    return {
      outcome: 'refused',
      answer: say(`It answered, and does not show the update: ${wordOf(there?.status) || 'no state'}.`),
    };
  const left = unknown.length > 0 ? ` It has no component called ${unknown.join(', ')}.` : '';
  return { outcome: 'accepted', answer: say(`Incident ${wordOf(there.id)} there says so.${left}`) };
}

type Call = (
  method: Post['method'],
  path: string,
  content?: object,
  kind?: 'incident' | 'incident_update',
) => Promise<Said>;

/** Edits an update that is there, found by its text; nobody there is written to again. */
async function replaceThere(
  call: Call,
  update: Replacement,
  say: (sentence: string) => string,
): Promise<SendAnswer> {
  const incidents = await call('GET', `incidents?limit=${LISTED}`);
  if ('problem' in incidents) return incidents.problem;
  const own = objectsOf(incidents.value).find((one) => noticeOf(one) === update.notice);
  const updates = objectsOf(own?.incident_updates).filter(({ status }) => status === update.state);
  const there = update.replaces
    .map((text) => updates.find(({ body }) => body === text))
    .find((one) => one !== undefined);
  if (!own || !there)
    return updates.some(({ body }) => body === update.text)
      ? { outcome: 'accepted', answer: 'It says so there already.' }
      : { outcome: 'refused', answer: 'The text that it was is not there: somebody edited it there.' };
  const path = `incidents/${encodeURIComponent(wordOf(own.id))}/incident_updates/${encodeURIComponent(wordOf(there.id))}`;
  const content = { body: update.text, deliver_notifications: false };
  const written = await call('PATCH', path, content, 'incident_update');
  if ('problem' in written) return written.problem;
  const [said] = objectsOf([written.value]);
  return said?.body === update.text
    ? { outcome: 'accepted', answer: say(`Update ${wordOf(said.id)} there says so.`) }
    : { outcome: 'refused', answer: 'It answered, and does not show the text.' };
}

/** Components there that are called like ours, by their ids, with how they are. */
function matchComponents({ components }: PublicUpdate, listed: unknown) {
  const ids = new Map(objectsOf(listed).map(({ id, name }) => [plain(name), wordOf(id)]));
  const known: Record<string, string> = {};
  const unknown: string[] = [];
  for (const { name, state } of components) {
    const id = ids.get(plain(name));
    if (id === undefined) unknown.push(`“${name}”`);
    else known[id] = state;
  }
  return { known, unknown };
}

/** Whether an update there says of components what ours does; one that names none is read from how they are now. */
function areSaid(
  known: Record<string, string>,
  update: Record<string, unknown> | undefined,
  listed: unknown,
): boolean {
  const told = objectsOf(update?.affected_components).map(({ code, new_status }) => [code, new_status]);
  const now = objectsOf(listed).map(({ id, status }) => [id, status]);
  const said = new Map((told.length > 0 ? told : now) as [unknown, unknown][]);
  return Object.entries(known).every(([id, state]) => said.get(id) === state);
}

const plain = (name: unknown): string => wordOf(name).trim().toLowerCase();

/** Which of our notices an incident there was made for; undefined: it is somebody else's. */
const noticeOf = (incident: Record<string, unknown>): unknown => {
  const [metadata] = objectsOf([incident.metadata]);
  const [ours] = objectsOf([metadata?.outage_center]);
  return ours?.notice;
};

const objectsOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value)
    ? value.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null)
    : [];
