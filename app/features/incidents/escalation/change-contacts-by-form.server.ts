import type { Services } from '../../../lib/services.server.ts';
import type { Actor } from '../../audit/actor.ts';
import { CONTACT_KINDS } from '../../notify/channel.ts';
import type { Channel } from '../../notify/message.ts';
import { sendTest } from '../../notify/send-test.server.ts';
import { clockWords } from '../../../lib/time-words.ts';
import {
  addContact,
  type ContactsOutcome,
  editContact,
  removeContact,
  type VersionedChange,
} from './change-contacts.server.ts';
import { addStep, editStep, moveStepUp, removeStep } from './change-policy.server.ts';
import { type Read, readChannel, readContact, readStep } from './contacts-input.ts';
import type { ContactsResult, ContactsVerb } from './contacts-view.ts';
import { addChannel, editChannel, raiseChannel, removeChannel } from './change-channels.server.ts';
import { endCalendar, makeCalendar } from '../on-call/calendar.server.ts';
import {
  addOverride,
  addRotation,
  editRotation,
  removeOverride,
  removeRotation,
  swapTurns,
} from '../on-call/change-on-call.server.ts';
import { readRotation } from '../on-call/on-call.ts';
import { readLadderContacts } from './read-ladder.server.ts';
import { parseRowNumber, parseVersion } from '../../../lib/http/form-fields.ts';

/** Never sent back to the page. */
const SECRET_FIELDS = new Set(['address', 'secret']);

/** Does what a form of the page "Contacts" asks for; its field `do` names it, and `form` which of several it is. */
export async function changeContactsByForm(
  services: Services,
  { fields, actor, now }: { fields: URLSearchParams; actor: Actor & { personId?: string | null }; now: Date },
): Promise<ContactsResult> {
  // None has such a number, and none such a version.
  const id = parseRowNumber(fields.get('id')) ?? -1;
  const version = parseVersion(fields.get('version')) ?? -1;
  const change: VersionedChange = { id, version, actor, now };
  const channelId = (fields.get('channel') ?? '').slice(0, 100);
  const kind = CONTACT_KINDS.find((one) => one === fields.get('kind'));
  const chatwootUrl = services.config.CHATWOOT_BASE_URL;
  const verb = fields.get('do') ?? '';

  const verbs: Record<ContactsVerb, () => Promise<ContactsOutcome | Read<never>> | Read<never>> = {
    'add-contact': () =>
      withInput(readContact(fields), (input) => addContact(services, { actor, now, input })),
    'edit-contact': () =>
      withInput(readContact(fields), (input) => editContact(services, { ...change, input })),
    'remove-contact': () => removeContact(services, change),
    'add-channel': () =>
      withInput(readChannel(fields, { kept: null, chatwootUrl }), (input) =>
        addChannel(services, { ...change, input }),
      ),
    'edit-channel': () =>
      withInput(readChannel(fields, { kept: kind ?? 'email', chatwootUrl }), (input) =>
        editChannel(services, { ...change, input, channelId }),
      ),
    'remove-channel': () => removeChannel(services, { ...change, channelId }),
    'raise-channel': () => raiseChannel(services, { ...change, channelId }),
    'add-step': () => withInput(readStep(fields), (input) => addStep(services, { actor, now, input })),
    'edit-step': () => withInput(readStep(fields), (input) => editStep(services, { ...change, input })),
    'remove-step': () => removeStep(services, change),
    'move-step': () => moveStepUp(services, change),
    'add-rotation': async () =>
      withInput(await rotationIn(services, fields, now), (input) =>
        addRotation(services, { actor, now, input }),
      ),
    'edit-rotation': async () =>
      withInput(await rotationIn(services, fields, now), (input) =>
        editRotation(services, { ...change, input }),
      ),
    'remove-rotation': () => removeRotation(services, change),
    'add-override': () => addOverride(services, { id, fields, actor, now }),
    'swap-turns': () => swapTurns(services, { id, fields, actor, now }),
    'remove-override': () =>
      removeOverride(services, {
        ...{ id, actor, now },
        overrideId: parseRowNumber(fields.get('override')) ?? -1,
      }),
    'make-calendar': () => ownCalendar(makeCalendar),
    'end-calendar': () => ownCalendar(endCalendar),
  };

  const form = (fields.get('form') ?? '').slice(0, 200);
  if (verb === 'test' && kind) {
    const channel: Channel =
      channelId === ''
        ? { kind, of: 'environment' }
        : { kind, of: 'contact', contactId: change.id, channelId };
    const sent = await sendTest(services, channel, { actor, now });
    if (sent.outcome !== 'too_soon')
      return { outcome: 'tested', form, accepted: sent.outcome === 'accepted', answer: sent.answer };
    const [last, again] = [clockWords(sent.lastAt), clockWords(sent.againAt)];
    return problem(null, `Not sent: the last test went there at ${last}. Try again from ${again}.`, 429);
  }
  if (!Object.hasOwn(verbs, verb)) return problem(null, 'The form was not understood.', 400);
  const outcome = await verbs[verb as ContactsVerb]();
  if ('ok' in outcome) return outcome.ok ? outcome.value : problem(outcome.field, outcome.problem, 400);
  switch (outcome.outcome) {
    case 'changed':
      return { outcome: 'done', done: verb as ContactsVerb };
    case 'changed_meanwhile':
      return problem(null, 'Not done: somebody changed this meanwhile. Below is how it is now.', 409);
    case 'too_many':
      return problem(null, `Not done: there are ${outcome.most} already, which is the most.`, 409);
  }

  async function ownCalendar(change: typeof makeCalendar): Promise<ContactsOutcome | Read<never>> {
    const { personId } = actor;
    const done = personId && (await change(services, { rotationId: id, actor: { ...actor, personId }, now }));
    if (done === 'no_key') return { ok: false, field: '', problem: NO_LINK_KEY };
    return done ? { outcome: 'changed', id } : { outcome: 'changed_meanwhile' };
  }

  function problem(field: string | null, sentence: string, status: number): ContactsResult {
    const typed = [...fields].filter(([name]) => !SECRET_FIELDS.has(name));
    return { outcome: 'problem', form, field, problem: sentence, typed, status };
  }
}

const NO_LINK_KEY =
  'Not made: what signs its address is sealed with a key that is not in DATA_ENCRYPTION_KEYS. Put that key back there first.';

/** What whoever responds to incidents may do beside admins: it is their own time and their own calendar. */
const RESPONDERS_MAY = new Set([
  'add-override',
  'swap-turns',
  'remove-override',
  'make-calendar',
  'end-calendar',
]);

/** The right that a form of the page needs. */
export const rightFor = (fields: URLSearchParams): 'incidents.respond' | 'contacts.manage' =>
  RESPONDERS_MAY.has(fields.get('do') ?? '') ? 'incidents.respond' : 'contacts.manage';

async function rotationIn({ db, config }: Services, fields: URLSearchParams, now: Date) {
  const contacts = await readLadderContacts(db.pool, config);
  return readRotation(
    fields,
    contacts.map(({ id }) => id),
    now,
  );
}

const withInput = <T>(read: Read<T>, act: (input: T) => Promise<ContactsOutcome>) =>
  read.ok ? act(read.value) : read;
