import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emailMessage } from '../../app/features/notify/channels/email/email-message.ts';
import type { MessageKind, Outgoing } from '../../app/features/notify/message.ts';
import { dedupKey, pagerDutyEvent } from '../../app/features/notify/channels/pagerduty/pagerduty.server.ts';
import { slackMessage } from '../../app/features/notify/channels/slack/slack.server.ts';
import { webhookBody } from '../../app/features/notify/channels/webhook/send-to-webhook.server.ts';
import { createNotifyWorld, messageOf, START, type NotifyWorld } from './notify-world.ts';

const outgoing = (changes: Partial<Outgoing> = {}): Outgoing => ({
  id: 7,
  thread: 'incident-12',
  incidentId: 12,
  message: messageOf('opened'),
  drill: false,
  threadTitle: 'Chatwoot does not answer',
  earlier: [],
  insteadOf: null,
  appUrl: 'https://outage.example.com',
  ...changes,
});

const HOSTILE = '<!channel> & <b>"x"</b>\r\nBcc: all@example.com';

describe('Slack', () => {
  test('a message has a text, a header with the incident, and a link', () => {
    const { text, blocks } = slackMessage(outgoing());
    expect(text).toBe(
      '🔴 [P0] Incident 12 opened: Chatwoot does not answer. Customers cannot reach support (opened).',
    );
    expect(blocks![0]).toMatchObject({
      type: 'header',
      text: { type: 'plain_text', text: '🔴 [P0] Incident 12 opened: Chatwoot does not answer' },
    });
    expect(JSON.stringify(blocks)).toContain(
      '<https://outage.example.com/incidents/12|Open in Outage Center>',
    );
    expect(JSON.stringify(blocks)).toContain('05:12:00 UTC, 2026-11-23');
  });

  test('nothing in a message is a command or a link of its own', () => {
    const { text, blocks } = slackMessage(
      outgoing({
        message: messageOf('opened', { sentence: HOSTILE, facts: [{ label: HOSTILE, value: HOSTILE }] }),
        earlier: [messageOf('acknowledged', { sentence: HOSTILE })],
      }),
    );
    expect(text).toContain('&lt;!channel&gt; &amp; &lt;b&gt;');
    expect(JSON.stringify(blocks!.slice(1)).replaceAll('<https://outage', '')).not.toContain('<');
  });

  test('every limit holds, and no entity and no character is cut in two', () => {
    const long = '&'.repeat(999) + '😀'.repeat(3000);
    const facts = Array.from({ length: 900 }, () => ({ label: long, value: long }));
    const message = messageOf('opened', { title: long, sentence: long, facts });
    const { text, blocks } = slackMessage(outgoing({ message, earlier: [message, message] }));
    const texts = JSON.stringify(blocks).match(/"text":"[^"]*"/g)!;
    expect(blocks!.length).toBeLessThanOrEqual(50);
    expect(text!.length).toBeLessThanOrEqual(3000);
    for (const block of blocks as { type: string; text?: { text: string }; fields?: { text: string }[] }[]) {
      if (block.text)
        expect(block.text.text.length).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3000);
      for (const field of block.fields ?? []) expect(field.text.length).toBeLessThanOrEqual(2000);
      expect(block.fields?.length ?? 0).toBeLessThanOrEqual(10);
    }
    for (const one of texts) {
      expect(one.isWellFormed()).toBe(true);
      expect(one.replaceAll(/&(amp|lt|gt);/g, '').includes('&') && !one.includes('🔴')).toBe(false);
    }
  });

  test('without APP_URL it says where to look', () => {
    expect(JSON.stringify(slackMessage(outgoing({ appUrl: undefined })))).toContain(
      'Open /incidents/12 in Outage Center (no link: APP_URL is not set).',
    );
  });
});

describe('PagerDuty', () => {
  const key = 'k'.repeat(32);

  test('the thread is the alert, from trigger to resolve', () => {
    const event = (kind: MessageKind) => pagerDutyEvent(outgoing({ message: messageOf(kind) }), key);
    expect(event('opened')).toEqual({
      routing_key: key,
      event_action: 'trigger',
      dedup_key: 'incident-12',
      payload: {
        summary:
          '[P0] Incident 12 opened: Chatwoot does not answer. Customers cannot reach support (opened).',
        source: 'outage.example.com',
        severity: 'critical',
        timestamp: START.toISOString(),
        group: 'Incident 12: Chatwoot does not answer',
        class: 'opened',
        custom_details: { What: 'Customers cannot reach support (opened).', Since: '05:12 UTC' },
      },
      links: [{ href: 'https://outage.example.com/incidents/12', text: 'Open in Outage Center' }],
      client: 'Outage Center',
      client_url: 'https://outage.example.com',
    });
    expect(event('acknowledged')).toEqual({
      routing_key: key,
      event_action: 'acknowledge',
      dedup_key: 'incident-12',
    });
    expect(event('resolved')).toMatchObject({ event_action: 'resolve', dedup_key: 'incident-12' });
    for (const kind of ['recovered', 'fallback_on', 'fallback_off'] as const) expect(event(kind)).toBeNull();
    expect(event('report_due')).toMatchObject({ event_action: 'trigger', dedup_key: 'incident-12/report' });
  });

  test.each([
    ['P0', 'critical'],
    ['P1', 'error'],
    ['P2', 'warning'],
    ['warning', 'warning'],
    ['info', 'info'],
  ] as const)('severity %s is %s there', (severity, there) => {
    const event = pagerDutyEvent(outgoing({ message: messageOf('opened', { severity }) }), key);
    expect(event!.payload!.severity).toBe(there);
  });

  test('limits', () => {
    const message = messageOf('opened', { title: '😀'.repeat(2000) });
    const { summary } = pagerDutyEvent(outgoing({ message }), key)!.payload!;
    expect(summary.length).toBeLessThanOrEqual(1024);
    expect(summary.isWellFormed()).toBe(true);
    const threads = ['a', 'b'].map((last) => dedupKey(`target:${'x'.repeat(300)}${last}`));
    expect(threads.map((thread) => thread.length <= 255)).toEqual([true, true]);
    expect(threads[0]).not.toBe(threads[1]);
  });
});

describe('e-mail', () => {
  const mail = (changes: Partial<Outgoing> = {}) =>
    emailMessage(outgoing(changes), 'Outage Center <outage@example.com>', 'team@example.com');

  test('one thread has one subject and refers to its first message', () => {
    const opened = mail();
    const resolved = mail({ id: 9, message: messageOf('resolved', { title: 'Other words' }) });
    expect(opened.messageId).toBe('<incident-12@example.com>');
    expect(opened.subject).toBe('Incident 12: Chatwoot does not answer');
    expect(resolved).toMatchObject({
      messageId: '<incident-12.9@example.com>',
      inReplyTo: '<incident-12@example.com>',
      references: '<incident-12@example.com>',
      subject: 'Re: Incident 12: Chatwoot does not answer',
    });
    expect(resolved.text).toContain('[P0] Incident 12 resolved: Other words');
  });

  test('what calls somebody is urgent and no reply; news are', () => {
    for (const kind of ['opened', 'raised', 'escalated', 'reopened'] as const)
      expect(mail({ message: messageOf(kind) }), kind).toMatchObject({
        priority: 'high',
        subject: 'Incident 12: Chatwoot does not answer',
      });
    for (const kind of ['acknowledged', 'recovered', 'report_due'] as const) {
      const { priority, subject } = mail({ message: messageOf(kind) });
      expect([priority, subject]).toEqual([undefined, 'Re: Incident 12: Chatwoot does not answer']);
    }
  });

  test('a hostile text makes no header and no markup', () => {
    const message = messageOf('opened', {
      title: HOSTILE,
      sentence: HOSTILE,
      facts: [{ label: HOSTILE, value: HOSTILE }],
    });
    const { subject, html, text } = mail({ message, threadTitle: HOSTILE, thread: 'target:<x>\r\nBcc: a' });
    expect(subject).toBe('Incident 12: <!channel> & <b>"x"</b> Bcc: all@example.com');
    expect(html).not.toMatch(/<b>|<!channel>/);
    expect(html).toContain('&lt;b&gt;&quot;x&quot;&lt;/b&gt;');
    expect(text).toContain(HOSTILE.replace('\r\n', ' '));
    expect(mail({ thread: 'target:<x>\r\nBcc: a' }).messageId).toBe('<target--x---Bcc--a@example.com>');
  });
});

describe('DRILL comes first', () => {
  const drill = outgoing({ drill: true });
  const update = outgoing({ drill: true, message: messageOf('resolved') });
  test.each([
    ['Slack text', slackMessage(drill).text],
    ['Slack header', (slackMessage(drill).blocks![0] as { text: { text: string } }).text.text],
    ['PagerDuty', pagerDutyEvent(drill, 'k'.repeat(32))!.payload!.summary],
    ['PagerDuty group', pagerDutyEvent(drill, 'k'.repeat(32))!.payload!.group],
    ['subject', emailMessage(drill, 'a@b.c', 'd@e.f').subject],
    ['subject of an update', emailMessage(update, 'a@b.c', 'd@e.f').subject],
    ['e-mail', emailMessage(update, 'a@b.c', 'd@e.f').text as string],
    ['webhook', (JSON.parse(webhookBody(drill)) as { data: { headline: string } }).data.headline],
  ])('%s', (_where, text) => expect(text).toMatch(/^DRILL: /));
});

describe('over the wire', () => {
  let world: NotifyWorld;
  beforeAll(async () => {
    world = await createNotifyWorld();
  });
  afterAll(() => world.close());

  test('every kind of message is taken by services that check the limits, over every channel', async () => {
    const kinds: MessageKind[] = [
      'opened',
      'raised',
      'escalated',
      'acknowledged',
      'recovered',
      'resolved',
      'reopened',
    ];
    const others: MessageKind[] = ['warning', 'warning_cleared', 'fallback_on', 'fallback_off', 'report_due'];
    const channels = ['slack', 'email', 'pagerduty', 'webhook'] as const;
    const long = { title: 'x'.repeat(2000), sentence: `${HOSTILE} ${'é'.repeat(4000)}` };
    await world.queue(
      START,
      ...[...kinds, ...others].flatMap((kind) =>
        channels.map((channel) => ({
          dedupeKey: `${kind} ${channel}`,
          // A thread each, so that nothing folds.
          thread: `thread-${kind}`,
          channel: { kind: channel, of: 'environment' as const },
          message: messageOf(kind, long),
        })),
      ),
    );
    await world.run(0, 40);
    const { slack, email, pagerduty, webhook } = world.stubs;
    expect([slack.problems, pagerduty.problems, webhook.problems]).toEqual([[], [], []]);
    expect((await world.rows()).filter(({ state }) => !['accepted', 'folded'].includes(state))).toEqual([]);
    expect(slack.count()).toBe(12);
    expect(email.count()).toBe(12);
    expect(webhook.count()).toBe(12);
    expect(pagerduty.count()).toBe(9);
    expect(email.received[0]!.body).toMatchObject({
      to: ['support-team@example.com'],
      headers: { 'auto-submitted': 'auto-generated', 'message-id': '<thread-opened@example.com>' },
    });
    expect(Object.keys(email.received[0]!.body.headers)).not.toContain('bcc');
    expect(webhook.received.map(({ body }) => body.type)).toContain('outage.recovered');
  });

  test('the webhook is signed, by what its receiver has verified, with an id that stays', () => {
    const ids = world.stubs.webhook.received.map(({ body }) => body.id);
    expect(new Set(ids).size).toBe(12);
    expect(ids[0]).toMatch(/^notification_\d+$/);
  });
});
