import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refreshInboxList } from '../../app/features/fallback/chatwoot-inboxes.server.ts';
import { openContactsForms, type ContactsForms } from './contacts-forms.ts';

let forms: ContactsForms;
beforeEach(async () => {
  forms = await openContactsForms();
});
afterEach(() => forms.close());

describe('contacts', () => {
  test('somebody is named, changed and removed; the audit log has each with before and after', async () => {
    await forms.send({
      do: 'edit-contact',
      ...(await forms.targetOf('CEO')),
      role: 'CEO',
      name: ' Cleo\u202e ',
      audience: 'executive',
    });
    await forms.send({ do: 'add-contact', role: 'Deputy', name: 'Dan', audience: 'responder' });
    await forms.send({ do: 'remove-contact', ...(await forms.targetOf('Deputy')) });
    const { contacts, roles } = await forms.page();
    expect(contacts.map(({ role, name }) => [role, name])).toEqual([
      ['Support Lead', ''],
      ['Engineering Manager', ''],
      ['CEO', 'Cleo'],
      ['Infrastructure', ''],
    ]);
    expect(roles).not.toContain('Deputy');
    expect(await forms.audited()).toMatchObject([
      {
        action: 'contacts.edit',
        target: 'contact 3',
        before: { role: 'CEO', name: '', audience: 'executive' },
        after: { role: 'CEO', name: 'Cleo', audience: 'executive' },
      },
      { action: 'contacts.add', target: 'contact 5', after: { role: 'Deputy', name: 'Dan' } },
      { action: 'contacts.remove', target: 'contact 5', before: { role: 'Deputy', name: 'Dan' } },
    ]);
  });

  test('what is wrong stands beside its field, and what was typed is kept, but for addresses and secrets', async () => {
    const { id, version } = await forms.targetOf('CEO');
    const wrong = await forms.send({
      do: 'add-channel',
      form: 'add-channel-3',
      id,
      version,
      kind: 'webhook',
      address: 'https://hooks.example.com/private',
      secret: 'whsec_short',
    });
    expect(wrong).toMatchObject({ outcome: 'problem', form: 'add-channel-3', field: 'secret', status: 400 });
    expect(JSON.stringify(wrong)).not.toMatch(/private|short/);
    expect(
      await forms.send({ do: 'edit-contact', id, version, role: '', name: 'x', audience: 'executive' }),
    ).toMatchObject({
      field: 'role',
    });
    expect(await forms.send({ do: 'constructor' })).toMatchObject({ outcome: 'problem', status: 400 });
    expect(await forms.audited()).toEqual([]);
  });

  test('addresses that cannot be right are refused, and so is Chatwoot itself', async () => {
    const cases = [
      ['email', 'not an address', 'This is no e-mail address.'],
      ['email', 'a@example.com\r\nBcc: b@example.com', 'This is no e-mail address.'],
      [
        'pagerduty',
        'x'.repeat(31),
        'This is no integration key of Events API v2: it has 32 letters and digits.',
      ],
      ['slack', 'hooks.slack.com/services/x', 'This is no address: it begins with https://.'],
      ['slack', 'javascript:alert(1)', 'This is no address: it begins with https://.'],
      [
        'webhook',
        'https://user:secret@example.com/',
        'An address with a user name or password is not called.',
      ],
      ['webhook', `https://example.com/${'x'.repeat(2000)}`, 'That is too long: at most 2000 characters.'],
      [
        'slack',
        'https://chat.example.com/hooks/x',
        'This leads to Chatwoot, which cannot tell anybody that it is down.',
      ],
      [
        'webhook',
        'https://CHAT.example.com./hooks/x',
        'This leads to Chatwoot, which cannot tell anybody that it is down.',
      ],
      ['webhook', '', 'Give the address to post to.'],
      ['pigeon', 'x', 'Choose one of the list.'],
    ];
    for (const [kind, address, problem] of cases)
      expect(await forms.addChannel('CEO', { kind: kind!, address: address! }), address).toMatchObject({
        outcome: 'problem',
        problem,
      });
    expect((await forms.contactOf('CEO')).channels).toEqual([]);
  });

  test('channels are tried in their order: a later one is raised, another removed; more than six are too many', async () => {
    for (const n of [1, 2, 3, 4, 5, 6])
      await forms.addChannel('CEO', { kind: 'email', address: `C${n}@example.com` });
    expect(await forms.addChannel('CEO', { kind: 'email', address: 'c7@example.com' })).toMatchObject({
      outcome: 'problem',
      problem: 'Not done: there are 6 already, which is the most.',
    });
    const { channels } = await forms.contactOf('CEO');
    await forms.send({ do: 'raise-channel', ...(await forms.targetOf('CEO')), channel: channels[2]!.id });
    await forms.send({ do: 'remove-channel', ...(await forms.targetOf('CEO')), channel: channels[1]!.id });
    expect((await forms.contactOf('CEO')).channels.map(({ address }) => address)).toEqual(
      ['c3', 'c1', 'c4', 'c5', 'c6'].map((name) => `${name}@example.com`),
    );
    expect(
      await forms.send({ do: 'remove-channel', ...(await forms.targetOf('CEO')), channel: 'other' }),
    ).toMatchObject({
      status: 409,
    });
  });

  test('of two who change the same at once one is told that the other was first', async () => {
    const target = await forms.targetOf('CEO');
    const change = (name: string) =>
      forms.send({ do: 'edit-contact', ...target, role: 'CEO', name, audience: 'executive' });
    const outcomes = await Promise.all([
      change('Ada'),
      change('Bea'),
      forms.send({ do: 'add-channel', ...target, kind: 'email', address: 'c@example.com' }),
      forms.send({ do: 'remove-contact', ...target }),
    ]);
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['done', 'problem', 'problem', 'problem']);
    expect(outcomes.find(({ outcome }) => outcome === 'problem')).toMatchObject({
      problem: 'Not done: somebody changed this meanwhile. Below is how it is now.',
      status: 409,
    });
    expect(await forms.audited()).toHaveLength(1);
  });
});

describe('gaps', () => {
  test('a role of the policy without an address is a gap, before any outage; filling it ends that', async () => {
    expect(await forms.gaps()).toContainEqual({
      role: 'CEO',
      reason: 'There is no address yet.',
    });
    await forms.addChannel('CEO', { kind: 'email', address: 'ceo@example.com' });
    expect((await forms.gaps()).map(({ role }) => role)).toEqual([
      'Engineering Manager',
      'Support Lead',
      'Infrastructure',
    ]);
    await forms.send({ do: 'remove-contact', ...(await forms.targetOf('Infrastructure')) });
    expect(await forms.gaps()).toContainEqual({
      role: 'Infrastructure',
      reason: 'Nobody has this role.',
    });
  });

  test('an address that is an inbox of Chatwoot reaches nobody when Chatwoot is down: beside it, among the gaps, and for the team', async () => {
    const chatwoot = createServer((_request, response) => {
      const support = { id: 9, name: 'Support', channel_type: 'Channel::Email', email: 'Help@shop.example' };
      const payload = [support, { id: 5, name: 'Shop', channel_type: 'Channel::WebWidget' }];
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ payload }));
    });
    await once(chatwoot.listen(0, '127.0.0.1'), 'listening');
    await forms.close();
    const { port } = chatwoot.address() as AddressInfo;
    forms = await openContactsForms({
      CHATWOOT_BASE_URL: `http://127.0.0.1:${port}`,
      NOTIFY_EMAIL_TO: 'team@shop.example,help@shop.example',
    });
    await forms.addChannel('CEO', { kind: 'email', address: 'HELP@shop.example' });
    expect((await forms.gaps()).map(({ role }) => role)).not.toContain('CEO');
    await refreshInboxList(forms.world.services, new Date());
    chatwoot.close();
    const sentence = /^help@shop\.example is the inbox “Support” of Chatwoot: .+ Give another address\.$/;
    const { gaps, contacts, environment } = await forms.page();
    expect(contacts.find(({ role }) => role === 'CEO')!.channels[0]!.problem).toMatch(sentence);
    expect(gaps.find(({ role }) => role === 'CEO')!.reason).toMatch(sentence);
    expect(environment.filter(({ problem }) => problem !== null).map(({ kind }) => kind)).toEqual(['email']);
    await forms.addChannel('CEO', { kind: 'email', address: 'cleo@shop.example' });
    expect((await forms.gaps()).map(({ role }) => role)).not.toContain('CEO');
  });

  test('nobody is needed for a step of another way of hosting', async () => {
    await forms.close();
    forms = await openContactsForms({ CHATWOOT_HOSTING: 'saas' });
    expect((await forms.gaps()).map(({ role }) => role)).toEqual([
      'Engineering Manager',
      'Support Lead',
      'CEO',
    ]);
  });

  test('e-mail is no way to tell anybody while there is no mail server', async () => {
    await forms.close();
    forms = await openContactsForms({ SMTP_URL: '', SMTP_FROM: '', NOTIFY_EMAIL_TO: '' });
    await forms.addChannel('CEO', { kind: 'email', address: 'ceo@example.com' });
    expect(await forms.gaps()).toContainEqual({
      role: 'CEO',
      reason: 'No e-mail can be sent: SMTP_URL is not set.',
    });
    const { preview } = await forms.page({ severity: 'P0', cause: 'chatwoot' });
    expect(preview.ladder.filter(({ role }) => role === 'CEO').map(({ state }) => state)).toEqual([
      'gap',
      'gap',
    ]);
  });
});
