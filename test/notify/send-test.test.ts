import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SANDBOX_ROUTING_KEY } from '../../app/sandbox/notifications/notifications.ts';
import { after } from './notify-world.ts';
import { openContactsForms, type ContactsForms } from '../incidents/contacts-forms.ts';

let forms: ContactsForms;
beforeEach(async () => {
  forms = await openContactsForms();
});
afterEach(() => forms.close());

describe('send test', () => {
  const testOf = (fields: Record<string, string>, now?: Date) =>
    forms.send({ do: 'test', form: 'test-form', ...fields }, now);

  test.each([
    ['slack', '200 ok'],
    ['email', '250 2.0.0 Ok: queued as SANDBOX1'],
    ['pagerduty', '202 {"status":"success","message":"Event processed"}'],
    ['webhook', '204'],
  ] as const)('%s of the team: says what the other side answered', async (kind, answer) => {
    expect(await testOf({ kind })).toEqual({ outcome: 'tested', form: 'test-form', accepted: true, answer });
    const stub = forms.world.stubs[kind];
    expect(JSON.stringify(stub.received[0])).toContain('works');
    if (kind === 'pagerduty')
      expect(forms.world.stubs.pagerduty.received[1]!.body.event_action).toBe('resolve');
    expect((await forms.page()).recent[0]).toMatchObject({
      kind: 'test',
      to: 'the team',
      state: 'accepted',
      answer,
      log: [{ state: 'sent' }, { state: 'accepted', answer }],
    });
    expect(await forms.audited()).toMatchObject([
      { action: 'notifications.test', after: { outcome: 'accepted', answer } },
    ]);
  });

  test.each([
    ['slack', 'status', '503 {"error":"The sandbox was told to answer so."}'],
    ['email', 'status', '451 The sandbox was told to answer so'],
    ['email', 'down', 'The mail server did not answer, or broke off.'],
    ['pagerduty', 'down', 'It refused the connection.'],
  ] as const)('%s in mode %s is not accepted, and is not tried again', async (kind, mode, answer) => {
    await forms.world.stubs[kind].setMode(mode);
    expect(await testOf({ kind })).toMatchObject({ accepted: false, answer });
    await forms.world.stubs[kind].setMode('ok');
    await forms.world.run(0, 300, 60);
    expect(forms.world.stubs[kind].count()).toBe(0);
    expect((await forms.page()).recent).toMatchObject([{ state: 'failed', answer }]);
  });

  test('to one address of a contact, by name; of one that was removed it says so', async () => {
    await forms.addChannel('CEO', {
      kind: 'webhook',
      address: forms.world.stubs.webhook.url,
      secret: forms.world.stubs.webhook.secret,
    });
    await forms.send({
      do: 'edit-contact',
      ...(await forms.targetOf('CEO')),
      role: 'CEO',
      name: 'Cleo',
      audience: 'executive',
    });
    const { id, channels } = await forms.contactOf('CEO');
    const fields = { kind: 'webhook', id: String(id), channel: channels[0]!.id };
    expect(await testOf(fields)).toMatchObject({ accepted: true });
    expect((await forms.page()).recent[0]).toMatchObject({ to: 'Cleo', channel: 'Webhook' });
    await forms.send({ do: 'remove-channel', ...(await forms.targetOf('CEO')), channel: channels[0]!.id });
    expect(await testOf(fields, after(31))).toMatchObject({
      accepted: false,
      answer: 'This contact or this channel was removed.',
    });
  });

  test('not again within half a minute over the same channel, by whomever; it says when', async () => {
    const both = await Promise.all([testOf({ kind: 'slack' }), testOf({ kind: 'slack' })]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['problem', 'tested']);
    expect(both.find(({ outcome }) => outcome === 'problem')).toMatchObject({
      form: 'test-form',
      field: null,
      problem: 'Not sent: the last test went there at 05:12:00 UTC. Try again from 05:12:30 UTC.',
      status: 429,
    });
    expect(await testOf({ kind: 'slack' }, after(29))).toMatchObject({ outcome: 'problem' });
    expect(forms.world.stubs.slack.received).toHaveLength(1);
    expect(await testOf({ kind: 'email' }, after(29))).toMatchObject({ accepted: true });
    expect(await testOf({ kind: 'slack' }, after(30))).toMatchObject({ accepted: true });
  });

  test('a contact whose address has become that of Chatwoot is not told over it', async () => {
    await forms.addChannel('CEO', { kind: 'webhook', address: forms.world.stubs.webhook.url });
    Object.assign(forms.world.services.config, {
      CHATWOOT_BASE_URL: new URL(forms.world.stubs.webhook.url).origin,
    });
    const { id, channels } = await forms.contactOf('CEO');
    expect(await testOf({ kind: 'webhook', id: String(id), channel: channels[0]!.id })).toMatchObject({
      accepted: false,
      answer: 'It leads to Chatwoot, which cannot tell anybody that it is down.',
    });
    expect(forms.world.stubs.webhook.asked()).toBe(0);
  });

  test('where nothing may leave the machine, nothing does', async () => {
    await forms.close();
    forms = await openContactsForms({
      OUTBOUND_LOOPBACK_ONLY: 'true',
      SLACK_WEBHOOK_URL: 'http://192.0.2.1/x',
    });
    await forms.addChannel('CEO', { kind: 'slack', address: 'http://192.0.2.1/services/x' });
    const { id, channels } = await forms.contactOf('CEO');
    const refused = {
      accepted: false,
      answer: 'Not called: OUTBOUND_LOOPBACK_ONLY is set, as in the demo: nothing leaves this machine.',
    };
    expect(await testOf({ kind: 'slack', id: String(id), channel: channels[0]!.id })).toMatchObject(refused);
    expect(await testOf({ kind: 'slack' })).toMatchObject(refused);
    expect(await testOf({ kind: 'webhook' })).toMatchObject({ accepted: true });
  });
});

describe('addresses that are secrets', () => {
  const SECRETS = {
    slackPath: '/services/T0REAL/B0REAL/topsecrettopsecret',
    key: 'pagerdutypagerdutypagerduty12345',
    signing: `whsec_${randomBytes(24).toString('base64')}`,
    hookPath: '/hooks/averysecretpath',
  };

  async function fill() {
    const { origin } = new URL(forms.world.stubs.webhook.url);
    const channels: Record<string, string>[] = [
      { kind: 'slack', address: origin + SECRETS.slackPath },
      { kind: 'pagerduty', address: SECRETS.key },
      { kind: 'webhook', address: origin + SECRETS.hookPath, secret: SECRETS.signing },
    ];
    for (const channel of channels) await forms.addChannel('CEO', channel);
    const { id, channels: added } = await forms.contactOf('CEO');
    // Each is used, and fails or not: what the other side says may quote what it was called with.
    const results = [];
    for (const { kind, id: channel } of added)
      results.push(await forms.send({ do: 'test', form: 'x', kind, id: String(id), channel }));
    await forms.send({ do: 'raise-channel', ...(await forms.targetOf('CEO')), channel: added[2]!.id });
    await forms.send({ do: 'remove-channel', ...(await forms.targetOf('CEO')), channel: added[0]!.id });
    return results;
  }

  const everythingIn = async (tables: string[]) => {
    const found = await Promise.all(
      tables.map((table) => forms.world.services.db.pool.query(`SELECT to_jsonb(t) FROM ${table} t`)),
    );
    return JSON.stringify(found.map(({ rows }) => rows as unknown));
  };

  test('are masked on the page, and stand in no log, audit row, fact or outbox', async () => {
    const results = await fill();
    const view = await forms.page();
    expect((await forms.contactOf('CEO')).channels.map(({ address }) => address)).toEqual([
      `${new URL(forms.world.stubs.webhook.url).host}/…`,
      'key …2345',
    ]);
    const tables = [
      'audit_log',
      'dashboard_facts',
      'notifications',
      'notification_log',
      'incident_timeline',
      'escalations',
    ];
    const kept = `${JSON.stringify([results, view])} ${await everythingIn(tables)}`;
    const { slack, webhook } = forms.world.stubs;
    const secrets = [
      ...Object.values(SECRETS),
      SANDBOX_ROUTING_KEY,
      new URL(slack.url).pathname,
      webhook.secret,
    ];
    for (const secret of secrets) expect(kept).not.toContain(secret);
    for (const part of ['topsecrettopsecret', 'averysecretpath']) expect(kept).not.toContain(part);
    expect(await forms.audited()).toContainEqual(
      expect.objectContaining({
        action: 'contacts.add_channel',
        after: { channels: [expect.stringMatching(/^slack .*\/…$/)] },
      }),
    );
  });

  test('are sealed in the database when texts are, and opened to send', async () => {
    await forms.close();
    forms = await openContactsForms({ DATA_ENCRYPTION_KEYS: `one:${randomBytes(32).toString('base64')}` });
    const results = await fill();
    expect(results[1]).toMatchObject({ accepted: true });
    const stored = await everythingIn(['contacts']);
    for (const secret of Object.values(SECRETS)) expect(stored).not.toContain(secret);
    expect(forms.world.stubs.pagerduty.received[0]!.body.routing_key).toBe(SECRETS.key);
  });
});
