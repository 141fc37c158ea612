import { afterEach, expect, test } from 'vitest';
import type { Conversation, Inbox } from '../../app/sandbox/chatwoot/records.ts';
import type { ChatwootStore } from '../../app/sandbox/chatwoot/store/store.ts';
import { recordedOlderWebhooks, recordedWebhooks, type RecordedWebhook } from './recordings.ts';
import { shapeDifferences } from './shape.ts';
import { simulate, type Simulated } from './simulated.ts';

let simulated: Simulated | undefined;
afterEach(() => simulated?.stop());

/** What happened when a webhook was recorded, done again. @returns the event that tells of it */
type Happening = (store: ChatwootStore) => void;

const at = (store: ChatwootStore, channel: Inbox['channel'], extra: Partial<Inbox> = {}) =>
  store.startConversation(
    channel === 'widget' ? {} : { inbox: store.addInbox({ name: 'Here', channel, ...extra }) },
  );
const says = (store: ChatwootStore, conversation: Conversation, content = 'Hello?') =>
  store.addMessage(conversation, { type: 'incoming', content, private: false, sender: conversation.contact });
const answers = (
  store: ChatwootStore,
  conversation: Conversation,
  more: Partial<Parameters<ChatwootStore['addMessage']>[1]> = {},
) =>
  store.addMessage(conversation, {
    type: 'outgoing',
    content: 'Looking into it.',
    private: false,
    sender: store.agents[1]!,
    ...more,
  });
const talk = (store: ChatwootStore, channel: Inbox['channel'] = 'widget') => {
  const conversation = at(store, channel);
  says(store, conversation);
  return conversation;
};
/** A person has answered: the last message is that answer. */
const answered = (store: ChatwootStore, channel: Inbox['channel'] = 'widget') => {
  const conversation = talk(store, channel);
  answers(store, conversation);
  return conversation;
};
const bot = { kind: 'bot', id: 1, name: 'Drafty' } as const;

/** By the name of the recording. */
const HAPPENINGS: Record<string, Happening> = {
  'contact_created-widget-visitor': (store) => store.visit(),
  webwidget_triggered: (store) => store.visit(),
  'contact_updated-custom_attributes': (store) =>
    store.changeContact(store.inventContact(), { customAttributes: { tier: 'gold' } }),
  'contact_updated-last_activity_at': (store) => void talk(store),
  'contact_updated-phone_number': (store) =>
    store.changeContact(store.inventContact(), { phoneNumber: '+46700000001' }),
  'conversation_created-Api-open-no-message': (store) => void at(store, 'api'),
  'conversation_created-Email-open-no-message': (store) => void at(store, 'email'),
  'conversation_status_changed-to-open': (store) => {
    const conversation = talk(store);
    store.setStatus(conversation, 'resolved');
    store.setStatus(conversation, 'open');
  },
  'conversation_status_changed-to-resolved': (store) => store.setStatus(talk(store), 'resolved'),
  conversation_typing_on: (store) => store.type(talk(store), 'on'),
  conversation_typing_off: (store) => store.type(talk(store), 'off'),
  'conversation_updated-assignee_id': (store) => store.assign(answered(store), store.agents[1]!),
  'conversation_updated-custom_attributes': (store) =>
    store.setCustomAttributes(answered(store), { order: '4711' }),
  'conversation_updated-first_reply_created_at+waiting_since': (store) => void answers(store, talk(store)),
  'conversation_updated-labels': (store) => store.setLabels(answered(store), ['refund']),
  'conversation_updated-priority': (store) => store.setPriority(answered(store), 'urgent'),
  'conversation_updated-status+snoozed_until': (store) =>
    store.setStatus(answered(store), 'snoozed', Date.now() + 86_400_000),
  'conversation_updated-status': (store) => {
    const conversation = talk(store);
    answers(store, conversation);
    store.setStatus(conversation, 'resolved');
  },
  'conversation_updated-team_id': (store) => store.setTeam(answered(store), { id: 1, name: 'night shift' }),
  'conversation_updated-waiting_since': (store) => {
    const conversation = talk(store);
    answers(store, conversation);
    says(store, conversation);
  },
  'message_created-incoming-api': (store) => void talk(store, 'api'),
  'message_created-incoming-widget': (store) => void talk(store),
  'message_created-incoming-email': (store) => {
    const inbox = store.addInbox({ name: 'E-mail', channel: 'email' });
    store.receiveEmail({ inbox, from: store.inventContact(), subject: 'Where?', text: 'Where is it?' });
  },
  'message_created-outgoing-agent': (store) => void answers(store, talk(store)),
  'message_created-outgoing-automation': (store) =>
    void answers(store, talk(store, 'api'), { sender: null, contentAttributes: { automation_rule_id: 1 } }),
  'message_created-outgoing-bot': (store) => void answers(store, at(store, 'api', { bot }), { sender: bot }),
  'message_created-outgoing-campaign.made': (store) =>
    void answers(store, talk(store), { additionalAttributes: { campaign_id: 3 } }),
  'message_created-outgoing-external-echo.made': (store) =>
    void answers(store, talk(store), { sender: null, contentAttributes: { external_echo: true } }),
  'message_created-private-note': (store) => {
    const conversation = talk(store);
    answers(store, conversation);
    answers(store, conversation, { private: true });
  },
  'message_created-template-csat': (store) =>
    void answers(store, talk(store), { type: 'template', sender: null, contentType: 'input_csat' }),
  'message_created-template-greeting': (store) =>
    void says(store, at(store, 'whatsapp', { greeting: 'Hello, how can we help?' })),
  'message_updated-csat-answered': (store) => {
    const conversation = talk(store);
    const survey = answers(store, conversation, {
      type: 'template',
      sender: null,
      contentType: 'input_csat',
    });
    store.submit(conversation, survey, { csat_survey_response: { rating: 5 } });
  },
  '3.16.0-contact_updated': (store) => void talk(store, 'api'),
  '3.16.0-conversation_created': (store) => void at(store, 'api'),
  '3.16.0-conversation_status_changed': (store) => store.setStatus(answered(store, 'api'), 'resolved'),
  '3.16.0-conversation_updated': (store) => void answers(store, talk(store, 'api')),
  '3.16.0-message_created': (store) => void talk(store, 'api'),
};

const RECORDED = [...recordedWebhooks(), ...recordedOlderWebhooks()].flatMap((recorded) => {
  const happening = HAPPENINGS[recorded.name] ?? HAPPENINGS[recorded.name.replace(/^4\.2\.0-/, '3.16.0-')];
  return happening ? [[recorded.name, recorded, happening] as const] : [];
});

test('most of what was recorded is made to happen again', () => {
  expect(RECORDED.length).toBeGreaterThanOrEqual(40);
});

test.each(RECORDED)(
  '%s: the same happening sends the same keys, types and nesting',
  async (name, recorded, happening) => {
    const [version = '4.15.1'] = /^\d+\.\d+\.\d+/.exec(name) ?? [];
    simulated = await simulate({ version });
    happening(simulated.chatwoot.store);
    await simulated.chatwoot.webhooks.idle();
    const sent = simulated.receiver.got.map(({ headers, body }) => ({
      head: Object.keys(headers).filter((field) => field.startsWith('x-chatwoot')),
      payload: JSON.parse(body) as Record<string, unknown>,
    }));
    const same = sent.filter(({ payload }) => tellsOf(payload) === tellsOf(recorded.payload));
    expect(same.length).toBeGreaterThan(0);
    const differences = same.map(({ payload }) => shapeDifferences(recorded.payload, payload));
    expect(differences.sort((a, b) => a.length - b.length)[0]).toEqual([]);
    expect(same[0]!.head.sort()).toEqual(headOf(recorded));
  },
);

/** Event and, of a change, what changed, in its order. */
function tellsOf({ event, message_type, changed_attributes }: Record<string, unknown>): string {
  const changes = Array.isArray(changed_attributes)
    ? changed_attributes.map((one) => Object.keys(one as object)[0])
    : [];
  return [event, message_type, ...changes].join(' ');
}

const headOf = ({ headers }: RecordedWebhook) =>
  Object.keys(headers)
    .filter((field) => field.startsWith('x-chatwoot'))
    .sort();
