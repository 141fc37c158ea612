// @vitest-environment jsdom
import '../support/dom.ts';
import { expect, test } from 'vitest';
import { PublishUpdatePage } from '../../app/components/incidents/publish-update-page.tsx';
import { AT, documentOf } from '../support/render-page.tsx';

type Props = Parameters<typeof PublishUpdatePage>[0];

const formOf = (resolved: boolean, result: Props['result'] = null) => {
  const updates = [{ id: 4, state: 'resolved' as const, text: 'Over.', at: AT, earlier: [] }];
  const page = documentOf(
    <PublishUpdatePage
      {...{ at: AT, on: true, channels: [], sends: [], done: null, result, nextAt: '2026-11-23T08:30' }}
      incident={{ id: 7, title: 'Chatwoot does not answer', drill: false }}
      components={[{ id: 1, name: 'Chat' }]}
      notice={{ id: 3, resolved, nextDueAt: null, updates }}
      draft={{ title: 'Chat', state: 'resolved', text: 'Over.', affects: { 1: 'major_outage' } }}
    />,
  );
  return page.querySelector<HTMLFormElement>('form.oc-form')!;
};
const nextOf = (form: HTMLFormElement) => {
  const input = form.querySelector<HTMLInputElement>('input[name=next]')!;
  const hint = form.ownerDocument.getElementById(input.getAttribute('aria-describedby')!)!.textContent;
  return {
    type: input.type,
    value: input.getAttribute('value'),
    hint,
    wrong: input.getAttribute('aria-invalid'),
  };
};

test('Enter in a field shows what would be published: the first button is the preview', () => {
  const [first, second] = formOf(false).querySelectorAll('button');
  expect([first!.name, first!.value, second!.name, second!.textContent]).toEqual([
    'do',
    'preview',
    '',
    'Publish',
  ]);
});

test('when customers hear more is a field, and what is wrong with it stands beside it', () => {
  expect(nextOf(formOf(false))).toMatchObject({
    type: 'datetime-local',
    value: '2026-11-23T08:30',
    wrong: null,
  });
  const next = { typed: '2026-11-23T07:00', problem: 'the time of the next update has passed.' };
  const form = formOf(false, {
    problem: `Not published: ${next.problem}`,
    typed: null,
    channels: null,
    next,
  });
  expect(nextOf(form)).toEqual({
    type: 'datetime-local',
    value: next.typed,
    hint: next.problem,
    wrong: 'true',
  });
});

test.each([true, false])('looking back is offered once the end was published: %s', (resolved) => {
  const offered = [...formOf(resolved).querySelectorAll('select[name=state] option')].map((option) =>
    option.getAttribute('value'),
  );
  expect(offered.includes('postmortem')).toBe(resolved);
});
