// @vitest-environment jsdom
import '../support/dom.ts';
import { screen } from '@testing-library/react';
import { type ComponentProps } from 'react';
import { expect, test } from 'vitest';
import { ReplayForm } from '../../app/components/dead-letters/replay-form.tsx';
import { renderPage } from '../support/render-page.tsx';

type Plan = ComponentProps<typeof ReplayForm>['plan'];

const plan = (changes: Partial<Plan> = {}): Plan => ({
  count: 12,
  inOtherReplay: 0,
  conversations: 9,
  stale: { answered: 0, resolved: 0, newerDelivered: 0, any: 0 },
  wouldSkip: 0,
  ratePerSecond: 50,
  rejectedLately: 0,
  estimatedSeconds: 1,
  sample: [],
  largestConversations: [],
  ...changes,
});

const show = (changes: Partial<Plan> = {}) =>
  renderPage(
    <ReplayForm plan={plan(changes)} selection={[['scope', 'all']]} back="/delivery#dead-letters" />,
  );
const chosenMode = () => screen.getByRole<HTMLInputElement>('radio', { checked: true }).value;
const submit = () => screen.getByRole('button', { name: /^Replay/ });

test('a few go out in one go while the Agent service takes messages', () => {
  show();
  expect(chosenMode()).toBe('normal');
  expect(submit().className).toMatch(/Primary/);
});

test('into a service that still rejects messages they go the careful way, and not as the thing to do', () => {
  show({ rejectedLately: 52 });
  expect(screen.getByText(/still rejects messages: 52 in the last 10 min/)).toBeTruthy();
  expect(chosenMode()).toBe('careful');
  expect(submit().className).not.toMatch(/Primary/);
});

test('what a person has answered since is left out, and one click includes it', () => {
  show({ count: 1050, stale: { answered: 862, resolved: 0, newerDelivered: 0, any: 862 } });
  const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name });
  const without = button('Replay 188, leave out 862 that were answered since');
  expect([without.name, without.value]).toEqual(['skipAnswered', '1']);
  expect(without.className).toMatch(/Primary/);
  const all = button('Replay all 1,050');
  expect([all.name, all.value]).toEqual(['skipAnswered', '0']);
  expect(all.className).not.toMatch(/Primary/);
});

test('answered ones alone are not urged', () => {
  show({ count: 2, stale: { answered: 2, resolved: 0, newerDelivered: 0, any: 2 } });
  expect(submit().textContent).toBe('Replay 2 dead letters all the same');
  expect(submit().className).not.toMatch(/Primary/);
});
