import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { curlOf } from '../../app/components/dead-letters/detail/content.tsx';

const detail = (text: string, cut = false) => ({
  agentEndpoint: 'https://agent.example.com/webhooks/chatwoot?a=1&b=2',
  eventId: 'message_created:1:7',
  payload: { text, cut },
});

/** What a shell hands to curl. */
function argumentsOf(command: string): string[] {
  const shell = spawnSync('sh', ['-c', `curl() { for a; do printf '%s\\0' "$a"; done; }\n${command}`]);
  expect(shell.stderr.toString()).toBe('');
  return shell.stdout.toString().split('\0').slice(0, -1);
}

test.each([
  '{"content": "hello"}',
  '{"content": "it\'s $HOME and `date` and $(touch x)"}',
  '{\n  "content": "\\"quoted\\" \\\\ back"\n}',
  "';exit 3;'",
  '@/etc/hostname',
  '{"content": "\u{1F600} ümlaut"}',
])('a shell hands on exactly what the page shows: %s', (text) => {
  expect(argumentsOf(curlOf(detail(text))!)).toEqual([
    '--include',
    'https://agent.example.com/webhooks/chatwoot?a=1&b=2',
    '--header',
    'content-type: application/json',
    '--header',
    'idempotency-key: message_created:1:7',
    '--header',
    'webhook-id: message_created:1:7',
    '--data-raw',
    text,
  ]);
});

test('there is none for half a payload, none at all, or an unknown address', () => {
  expect(curlOf(detail('{', true))).toBeNull();
  expect(curlOf({ ...detail('{}'), payload: null })).toBeNull();
  expect(curlOf({ ...detail('{}'), agentEndpoint: null })).toBeNull();
});
