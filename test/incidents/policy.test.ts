import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tickEscalations } from '../../app/features/incidents/escalation/tick-escalations.server.ts';
import { openContactsForms, type ContactsForms } from './contacts-forms.ts';
import { after } from '../notify/notify-world.ts';

let forms: ContactsForms;
beforeEach(async () => {
  forms = await openContactsForms();
});
afterEach(() => forms.close());

describe('the policy', () => {
  const STEP = { role: 'CEO', after_minutes: '20', severity: ['P1', 'P0'], reason: 'Agreed in May' };

  test('a step is added, changed, moved and removed', async () => {
    await forms.send({
      do: 'add-step',
      ...STEP,
      cause: ['delivery', 'delivery'],
      hosting: 'saas',
      when_acknowledged: 'yes',
    });
    const added = (await forms.page()).steps.at(-1)!;
    expect(added).toMatchObject({
      role: 'CEO',
      afterMinutes: 20,
      severities: ['P0', 'P1'],
      causes: ['delivery'],
      hosting: 'saas',
      whenAcknowledged: true,
      reason: 'Agreed in May',
    });
    const step = (version: number) => ({ id: String(added.id), version: String(version) });
    await forms.send({ do: 'move-step', ...step(1) });
    expect((await forms.page()).steps.map(({ id }) => id).indexOf(added.id)).toBe(5);
    await forms.send({ do: 'edit-step', ...step(2), ...STEP, after_minutes: '0' });
    expect((await forms.page()).steps[5]).toMatchObject({
      afterMinutes: 0,
      causes: [],
      hosting: null,
      whenAcknowledged: false,
    });
    expect(await forms.send({ do: 'edit-step', ...step(2), ...STEP })).toMatchObject({ status: 409 });
    await forms.send({ do: 'remove-step', ...step(3) });
    expect((await forms.page()).steps).toHaveLength(6);
    expect((await forms.audited()).map(({ action }) => action)).toEqual([
      'policy.add_step',
      'policy.move_step',
      'policy.edit_step',
      'policy.remove_step',
    ]);
  });

  test('what is no step is refused beside its field', async () => {
    const cases: [Record<string, string | string[]>, string][] = [
      [{ after_minutes: '-1' }, 'after_minutes'],
      [{ after_minutes: '10081' }, 'after_minutes'],
      [{ after_minutes: '1e2' }, 'after_minutes'],
      [{ severity: [] }, 'severity'],
      [{ severity: ['P9'] }, 'severity'],
      [{ cause: ["x'; DROP"] }, 'cause'],
      [{ hosting: 'moon' }, 'hosting'],
      [{ reason: ' ' }, 'reason'],
      [{ reason: 'x'.repeat(201) }, 'reason'],
      [{ role: '' }, 'role'],
    ];
    for (const [fields, field] of cases)
      expect(await forms.send({ do: 'add-step', ...STEP, ...fields }), JSON.stringify(fields)).toMatchObject({
        outcome: 'problem',
        field,
      });
    expect((await forms.page()).steps).toHaveLength(6);
  });

  test('the preview says who would be told when, and what acknowledging stops', async () => {
    await forms.addChannel('Support Lead', { kind: 'email', address: 'lead@example.com' });
    await forms.addChannel('CEO', { kind: 'email', address: 'ceo@example.com' });
    const ladder = async (params: Record<string, string>) =>
      (await forms.page(params)).preview.ladder.map(
        ({ role, afterMinutes, state }) => `${afterMinutes} ${role}: ${state}`,
      );
    expect(await ladder({ severity: 'P1', cause: 'delivery' })).toEqual(['10 Support Lead: next']);
    expect(await ladder({ severity: 'P0', cause: 'chatwoot', acknowledged: 'yes' })).toEqual([
      '0 Engineering Manager: gap',
      '10 Support Lead: stopped',
      '10 Engineering Manager: stopped',
      '10 CEO: next',
      '15 CEO: waiting',
      '30 Infrastructure: stopped',
    ]);
    expect((await forms.page({ severity: 'P7', cause: 'nonsense' })).preview).toMatchObject({
      severity: 'P0',
      cause: 'chatwoot',
    });
  });

  test('each person is told once per step, however often and by how many the ladder is looked at; a gap that is filled is told', async () => {
    await forms.addChannel('Engineering Manager', { kind: 'email', address: 'manager@example.com' });
    const look = (seconds: number) =>
      Promise.all([1, 2, 3].map(() => tickEscalations(forms.world.services, after(seconds))));
    await look(0);
    await look(1);
    // Somebody edits the step that was taken and the person: nobody is told again.
    const [step] = (await forms.page()).steps;
    await forms.send(
      {
        do: 'edit-step',
        id: String(step!.id),
        version: String(step!.version),
        role: 'Engineering Manager',
        after_minutes: '1',
        severity: 'P0',
        reason: 'Later now',
      },
      after(2),
    );
    await forms.addChannel('Engineering Manager', { kind: 'email', address: 'second@example.com' });
    await look(120);
    expect((await forms.world.rows()).filter(({ key }) => key.includes(':step:'))).toHaveLength(1);
    // Minute 10: the lead is a gap until minute 11.
    await look(600);
    await forms.addChannel('Support Lead', { kind: 'email', address: 'lead@example.com' });
    await look(660);
    await look(720);
    const told = (await forms.world.rows()).filter(({ key }) => key.includes(':step:')).map(({ key }) => key);
    expect(told).toEqual(['incident:12:step:1:2', 'incident:12:step:3:2', 'incident:12:step:2:1']);
    await forms.world.run(720, 730);
    expect(forms.world.stubs.email.received.map(({ body }) => body.to.join()).sort()).toEqual([
      'lead@example.com',
      'manager@example.com',
      'manager@example.com',
    ]);
  });
});
