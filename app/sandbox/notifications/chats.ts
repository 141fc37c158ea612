import { type NotificationReceiver, startReceiver } from './notification-receiver.ts';

type Json = Record<string, unknown>;

/** Where else people are told, simulated, each with what its real one asks of a message and says of it. */
export async function startChats() {
  const [teams, discord, telegram, ntfy] = await Promise.all([
    startTeams(),
    startDiscord(),
    startTelegram(),
    startNtfy(),
  ]);
  return {
    ...{ teams, discord, telegram, ntfy },
    /** Settings of an app whose team is told there. */
    settings: {
      TEAMS_WEBHOOK_URL: teams.url,
      DISCORD_WEBHOOK_URL: discord.url,
      TELEGRAM_API_URL: new URL(telegram.url).origin,
      TELEGRAM_BOT_TOKEN: BOT,
      TELEGRAM_CHAT_ID: '-1001234567890',
      NTFY_URL: `${ntfy.url}outages-of-the-sandbox`,
      NTFY_TOKEN: NTFY_TOKEN,
    },
    async stop() {
      await Promise.all([teams, discord, telegram, ntfy].map((one) => one.stop()));
    },
  };
}

export type Chats = Awaited<ReturnType<typeof startChats>>;

const BOT = '1234567:sandboxBotTokenSandboxBotToken_abc-d';
const NTFY_TOKEN = 'tk_sandboxsandboxsandboxsandbox';
const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value !== '' && value.length <= most;

/** A workflow "When a Teams webhook request is received", whose address has its signature in the query; at most 28 KB. */
function startTeams(): Promise<NotificationReceiver<Json>> {
  return startReceiver<Json>({
    path: '/workflows/0sandbox0/triggers/manual/paths/invoke?api-version=2016-06-01&sig=sandboxSignatureOfTeams',
    accepted: { status: 202, body: '' },
    read(body, _headers, raw) {
      const refuse = (problem: string) => ({
        problem,
        answer: { error: { code: 'InvalidRequest', message: problem } },
      });
      const [attachment] = (body.attachments ?? []) as { contentType?: string; content?: Json }[];
      const { contentType, content } = attachment ?? {};
      if (Buffer.byteLength(raw) > 28_000) return { ...refuse('It has more than 28 KB.'), status: 413 };
      if (body.type !== 'message' || contentType !== 'application/vnd.microsoft.card.adaptive')
        return refuse('It is no message with an Adaptive Card.');
      const blocks = (content?.body ?? []) as { type: string; inlines: { type: string; text: string }[] }[];
      const wrong = blocks.some(
        ({ type, inlines }) =>
          type !== 'RichTextBlock' ||
          inlines.some((run) => run.type !== 'TextRun' || typeof run.text !== 'string'),
      );
      if (content?.type !== 'AdaptiveCard' || content.version !== '1.4' || blocks.length === 0 || wrong)
        return refuse('The card is none of 1.4.');
      return { text: blocks[0]!.inlines.map((run) => run.text).join(''), body };
    },
  });
}

interface Embed {
  title?: unknown;
  description?: unknown;
  fields?: { name: unknown; value: unknown }[];
}

/** A webhook of a channel, asked with `wait` what became of the message; answers the message. */
async function startDiscord(): Promise<NotificationReceiver<Json>> {
  const path = '/api/webhooks/123456789012345678/sandboxTokenOfDiscord-sandboxTokenOfDiscord';
  const receiver = await startReceiver<Json>({
    path: `${path}?wait=true`,
    accepted: { status: 200, body: { id: '1234567890', type: 0, channel_id: '42', content: '' } },
    read(body) {
      const refuse = (problem: string) => ({
        problem,
        answer: { code: 50_035, message: 'Invalid Form Body' },
      });
      const [embed] = (body.embeds ?? []) as Embed[];
      if (!embed || !isText(embed.title, 256) || !isText(embed.description, 4096))
        return refuse('Its embed has no title of at most 256 and text of at most 4096 characters.');
      const { fields = [] } = embed;
      if (fields.length > 25 || fields.some(({ name, value }) => !isText(name, 256) || !isText(value, 1024)))
        return refuse('Its fields are too many or too long.');
      const all = [embed.title, embed.description, ...fields.flatMap(({ name, value }) => [name, value])];
      if (all.join('').length > 6000) return refuse('Its texts have more than 6000 characters.');
      return { text: embed.title, body };
    },
  });
  return { ...receiver, url: receiver.url.replace('?wait=true', '') };
}

/** The Bot API's sendMessage, with HTML whose tags must be its own and closed. */
function startTelegram(): Promise<NotificationReceiver<Json>> {
  return startReceiver<Json>({
    path: `/bot${BOT}/sendMessage`,
    accepted: { status: 200, body: { ok: true, result: { message_id: 7, date: 1_790_000_000 } } },
    read(body) {
      const refuse = (problem: string) => ({
        problem,
        answer: { ok: false, error_code: 400, description: `Bad Request: ${problem}` },
      });
      if (!/^(-?\d+|@\w+)$/.test(String(body.chat_id))) return refuse('chat not found');
      const { text } = body;
      if (body.parse_mode !== 'HTML' || typeof text !== 'string') return refuse('message text is empty');
      const tags = [...text.matchAll(/<(\/?)(\w+)[^<>]*>/g)];
      const isOdd = tags.some(([, , name]) => !['b', 'a'].includes(name!)) || tags.length % 2 === 1;
      const plain = text.replaceAll(/<[^<>]*>/g, '');
      if (isOdd || /[<>]/.test(plain) || /&(?!amp;|lt;|gt;|quot;|#39;)/.test(plain))
        return refuse("can't parse entities");
      if (plain.replaceAll(/&\w+;|&#39;/g, '.').length > 4096) return refuse('message is too long');
      return { text: plain.split('\n')[0]!, body };
    },
  });
}

/** A server of ntfy whose topic is reserved. */
function startNtfy(): Promise<NotificationReceiver<Json>> {
  return startReceiver<Json>({
    path: '/',
    accepted: {
      status: 200,
      body: { id: 'sandboxntfy01', time: 1_790_000_000, event: 'message', topic: 'outages-of-the-sandbox' },
    },
    read(body, { authorization }) {
      const refuse = (problem: string, code = 40_024) => ({
        problem,
        answer: { code, http: 400, error: problem },
      });
      if (authorization !== `Bearer ${NTFY_TOKEN}`) return { ...refuse('forbidden', 40_301), status: 403 };
      const { topic, title, message, priority } = body;
      if (!/^[\w-]{1,64}$/.test(String(topic))) return refuse('topic invalid');
      if (!isText(title, 1000) || !isText(message, 5000) || Buffer.byteLength(message) > 4096)
        return refuse('message too long or missing');
      if (![1, 2, 3, 4, 5].includes(Number(priority))) return refuse('priority invalid');
      const actions = (body.actions ?? []) as { action: string; label: string; url: string }[];
      if (actions.length > 3 || actions.some(({ action, url }) => action !== 'view' || !URL.canParse(url)))
        return refuse('actions invalid');
      return { text: title, body };
    },
  });
}
