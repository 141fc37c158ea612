// @vitest-environment jsdom
import '../support/dom.ts';
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { useState } from 'react';
import { expect, test } from 'vitest';
import { Verdict } from '../../app/components/now/verdict.tsx';
import { ago, documentOf, renderPage } from '../support/render-page.tsx';

const VERDICT = {
  tone: 'critical',
  word: 'Outage',
  sentence:
    'The Agent service does not answer. 37 messages for the Agent service are held safely; none is lost.',
  since: ago(240),
} as const;

test('word, sentence and since when; only the word is announced when it changes', () => {
  renderPage(<Verdict verdict={VERDICT} nextStep={{ sentence: 'Nothing to do.' }} />);
  expect(screen.getByRole('heading', { name: 'The Agent service does not answer.' })).toBeTruthy();
  const region = screen.getByRole('region', { name: 'State of customer support' });
  expect(region.textContent).toContain(VERDICT.sentence.replace('. ', '.'));
  expect(within(region).getByText('4 min')).toBeTruthy();
  expect(region.textContent).toContain('since 07:56 UTC');
  expect(screen.getByRole('status').textContent).toBe('Outage');
});

test('how it is mended is folded, and said once', () => {
  const cure = 'Restart them. Then look again.';
  const arrival = { ...VERDICT, sentence: `Nothing arrives. They stand still. ${cure} Ada is on it.`, cure };
  renderPage(<Verdict verdict={arrival} nextStep={{ sentence: 'Nothing to do.' }} />);
  expect(screen.getByText('They stand still. Ada is on it.')).toBeTruthy();
  expect(screen.getByText('How to mend it').closest('details')?.textContent).toBe(`How to mend it${cure}`);
});

test('the next step posts its fields and the way back', async () => {
  const posts: [string, Record<string, unknown>][] = [];
  const form = {
    action: '/api/dead-letters/replay',
    label: 'Replay 3 messages',
    fields: { scope: 'all', mode: 'normal' },
  };
  renderPage(<Verdict verdict={VERDICT} nextStep={{ sentence: 'Send them again.', form }} />, {
    url: '/?range=24h',
    action: async ({ request }) => {
      posts.push([new URL(request.url).pathname, Object.fromEntries(await request.formData())]);
      return null;
    },
  });
  fireEvent.click(screen.getByRole('button', { name: 'Replay 3 messages' }));
  await waitFor(() =>
    expect(posts).toEqual([
      ['/api/dead-letters/replay', { scope: 'all', mode: 'normal', returnTo: '/?range=24h' }],
    ]),
  );
});

test('a click that was meant for the step before does not do the next one', async () => {
  const posts: string[] = [];
  const step = (label: string) => ({
    sentence: label,
    form: { action: '/api/incidents/1/tick-step', label, fields: { step: label } },
  });
  let show = (_label: string) => {};
  function Steps() {
    const [label, setLabel] = useState('First');
    show = setLabel;
    return <Verdict verdict={VERDICT} nextStep={step(label)} />;
  }
  renderPage(<Steps />, {
    action: async ({ request }) => {
      posts.push(JSON.stringify((await request.formData()).get('step')));
      return null;
    },
  });
  act(() => show('Second'));
  const button = screen.getByRole('button', { name: 'Second' });
  expect(button.getAttribute('aria-disabled')).toBe('true');
  fireEvent.click(button);
  await waitFor(() => expect(button.getAttribute('aria-disabled')).toBeNull());
  expect(posts).toEqual([]);
  fireEvent.click(button);
  await waitFor(() => expect(posts).toEqual(['"Second"']));
});

test('without JavaScript it is a plain form', () => {
  const form = { action: '/api/replays/7/resume', label: 'Resume the replay', fields: {} };
  const document = documentOf(<Verdict verdict={VERDICT} nextStep={{ sentence: 'Go on.', form }} />);
  const button = document.querySelector('button')!;
  expect(button.type).toBe('submit');
  expect(button.form!.method).toBe('post');
  expect(button.form!.getAttribute('action')).toBe('/api/replays/7/resume');
});

test('a step that leads to another site is a link there', () => {
  renderPage(
    <Verdict
      verdict={VERDICT}
      nextStep={{
        sentence: 'Look.',
        link: { to: 'http://agent.test:8080/health', label: 'Open its health check' },
      }}
    />,
  );
  const link = screen.getByRole('link', { name: 'Open its health check' });
  expect(link.getAttribute('href')).toBe('http://agent.test:8080/health');
});
