import { expect, test } from 'vitest';
import { sharedLookup } from '../../app/server/network.ts';

type Ask = Parameters<typeof sharedLookup>[0];

/** A resolver that answers when it is told to. */
function resolver() {
  const open: { hostname: string; answer: Parameters<Ask>[2] }[] = [];
  const lookup = sharedLookup((hostname, _options, answer) => open.push({ hostname, answer }));
  const answers: string[] = [];
  const ask = (hostname: string, options = {}) =>
    lookup(hostname, options, (error, address) => answers.push(error?.code ?? JSON.stringify(address)));
  return { open, ask, answers };
}

test('a name that is not answered is asked for once, however many want it, and keeps no other name waiting', () => {
  const { open, ask, answers } = resolver();
  for (let n = 0; n < 50; n += 1) ask('agent.example.com', { all: true });
  ask('postgres');
  expect(open.map(({ hostname }) => hostname)).toEqual(['agent.example.com', 'postgres']);
  open[1]!.answer(null, '10.0.0.2', 4);
  expect(answers).toEqual(['"10.0.0.2"']);
  open[0]!.answer(Object.assign(new Error('no answer'), { code: 'EAI_AGAIN' }), []);
  expect(answers).toEqual(['"10.0.0.2"', ...Array<string>(50).fill('EAI_AGAIN')]);
});

test('another question for the same name is one of its own, and an answer is not kept', () => {
  const { open, ask, answers } = resolver();
  ask('chat.example.com', { family: 4 });
  ask('chat.example.com', { family: 6 });
  expect(open).toHaveLength(2);
  open[0]!.answer(null, '10.0.0.3', 4);
  ask('chat.example.com', { family: 4 });
  expect(open).toHaveLength(3);
  open[2]!.answer(null, '10.0.0.4', 4);
  expect(answers).toEqual(['"10.0.0.3"', '"10.0.0.4"']);
});
