import { CHANNEL_WORDS, type TeamChat } from '../notify/channel.ts';
import { numberText } from '../../lib/words.ts';
import type { Message } from '../notify/message.ts';
import { chatText } from '../notify/message-words.ts';
import { outageMail } from '../tickets/fill-template.ts';
import { bannerOf } from './render-badge.ts';
import { wordsIn } from './status-words.ts';
import { EN } from './words/en.ts';
import { type Draft, isEnd, type Language, type PublicState } from './status-document.ts';
import { updateMail } from './subscribers/subscriber-messages.ts';

/** A channel over which an update can go: `page`, `banner`, `subscribers`, `slack` or another chat, `statuspage`, `template`, or `inbox/3`. */
export interface UpdateChannel {
  key: string;
  label: string;
  /** Ticked in the form. */
  ticked: boolean;
  /** Why it cannot be chosen now; null: it can. */
  closed: string | null;
  /** As whoever reads it there sees it. */
  preview: string;
}

/** What became of an update over one channel. */
export interface Send {
  key: string;
  state: 'done' | 'waiting' | 'failed';
  words: string;
  /** It failed, and may be tried again as it is. */
  retry: boolean;
  /** The number of a mailing that can be stopped. */
  mailing?: number;
}

interface Around {
  incidentId: number;
  language: Language;
  /** The public page is on. */
  on: boolean;
  /** The team's chats. */
  chats: readonly TeamChat[];
  statuspage: boolean;
  /** How many are told, and of which state they were told last; null: nobody can subscribe. */
  subscribers: { count: number; told: string | null } | null;
  /** The page's title. */
  pageTitle: string;
  /** Where customers write to meanwhile. */
  email: string;
  /** The page's contact line. */
  contact: string;
  appUrl: string | undefined;
  fallbackOn: boolean;
  inboxes: readonly { id: string; name: string; closed: boolean }[];
  /** Components by their numbers. */
  names: Record<string, string>;
  /** As they were ticked; null: nobody has chosen yet. */
  chosen: readonly string[] | null;
  now: Date;
}

/** What the team is told of an update, as the outbox keeps it. */
export function teamMessage(
  draft: Pick<Draft, 'title' | 'text'> & { state: string; affected: readonly string[] },
  { incidentId, now }: { incidentId: number; now: Date },
): Message {
  const state = Object.entries(EN.update).find(([known]) => known === draft.state)?.[1] ?? draft.state;
  return {
    kind: 'public_update',
    severity: 'info',
    title: draft.title,
    sentence: draft.text,
    facts: [
      { label: 'Where it stands', value: state },
      { label: 'Affected', value: draft.affected.join(', ') },
    ],
    link: `/incidents/${incidentId}/update`,
    at: now.toISOString(),
  };
}

/** Every channel that exists, with what is said there. */
export function updateChannels(draft: Draft, around: Around): UpdateChannel[] {
  const { incidentId, on, fallbackOn, names, chosen, email, contact, language, now } = around;
  const words = wordsIn(language);
  const affected = Object.entries(draft.affects).flatMap(([id, state]) =>
    names[id] === undefined ? [] : [{ name: names[id], state }],
  );
  const isOver = isEnd(draft.state);
  const ticked = (key: string, first: boolean) => (chosen ? chosen.includes(key) : first);
  const list = affected.map(({ name, state }) => `${name}: ${words.state[state]}`).join('\n');
  const channels: (Omit<UpdateChannel, 'closed'> & { closed?: string | null })[] = [
    {
      key: 'page',
      label: 'Status page',
      ticked: true,
      closed: on ? null : 'It is off: the update is kept, and shown once an admin switches it on.',
      preview: `${draft.title}\n${words.update[draft.state]}\n\n${draft.text}\n\n${list}`,
    },
    {
      key: 'banner',
      label: 'Banner in the shop',
      ticked: ticked('banner', true),
      closed: on ? null : 'It belongs to the status page, which is off, and is shown with it.',
      preview:
        bannerOf(
          { ...draft, affects: affected.map(({ state }) => state) },
          { language, contact, fallbackEmail: fallbackOn ? email : null },
        ) ?? '(nothing: it goes away)',
    },
  ];
  if (around.subscribers)
    channels.push({
      key: 'subscribers',
      label: `Subscribers: ${numberText(around.subscribers.count)}`,
      ticked: ticked('subscribers', true),
      closed: on ? null : 'They belong to the status page, which is off.',
      preview:
        around.subscribers.told === draft.state
          ? '(nothing: they were told that it stands so, and hear of changes alone)'
          : subscriberPreview(draft, affected, around),
    });
  if (around.statuspage)
    channels.push({
      key: 'statuspage',
      label: 'Atlassian Statuspage',
      ticked: ticked('statuspage', true),
      closed: draft.state === 'postmortem' ? 'Looking back is written there by hand.' : null,
      preview: `${draft.title}\n${draft.state}\n\n${draft.text}\n\n${affected.map(({ name, state }) => `${name}: ${isOver ? 'operational' : state}`).join('\n')}`,
    });
  for (const chat of around.chats)
    channels.push({
      key: chat,
      label: `${CHANNEL_WORDS[chat]}, the team’s ${chat === 'ntfy' ? 'topic' : 'channel'}`,
      ticked: ticked(chat, true),
      preview: chatText({
        ...{ incidentId, drill: false },
        message: teamMessage({ ...draft, affected: affected.map(({ name }) => name) }, { incidentId, now }),
      }),
    });
  channels.push({
    key: 'template',
    label: 'E-mail text for answers by hand',
    ticked: ticked('template', !isOver),
    preview: `${draft.title}\n\n${outageMail(draft.text)}`,
  });
  for (const { id, name, closed } of around.inboxes)
    channels.push({
      key: `inbox/${id}`,
      label: `Out-of-office message on “${name}”`,
      ticked: fallbackOn && ticked(`inbox/${id}`, closed && !isOver),
      closed: fallbackOn ? null : 'Only while fallback mode is on: it restores hours and message afterwards.',
      preview: draft.text,
    });
  return channels.map((channel) => ({ closed: null, ...channel }));
}

function subscriberPreview(
  draft: Draft,
  affected: readonly { name: string; state: PublicState }[],
  { appUrl = '', pageTitle, language, now }: Around,
): string {
  const { subject, text } = updateMail(
    {
      ...{
        ...draft,
        id: 0,
        noticeId: 0,
        kind: 'incident',
        at: now.toISOString(),
        beganAt: now,
        endsAt: null,
      },
      affects: affected.map((one, id) => ({ ...one, id })),
    },
    { language, title: pageTitle, base: appUrl, link: `${appUrl}/status/subscription/…`, address: '' },
    { from: '', id: 0 },
  );
  return `${subject}\n\n${text.replace('/status/incidents/0', '/status/incidents/…')}`;
}
