import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { SMTPServer } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import type { MailAnswer } from '../../app/features/notify/channels/email/send-mail.server.ts';

/** A mail server with a certificate of its own making, as many have: whether anything goes to it, and how. */
const folder = path.resolve(import.meta.dirname, 'certificate');
const [key, cert] = [readFileSync(path.join(folder, 'key.pem')), readFileSync(path.join(folder, 'cert.pem'))];

interface Taken {
  secure: boolean;
  to: string[];
  password: string | undefined;
}
let taken: Taken[] = [];
let passwords: string[] = [];
let server: SMTPServer | undefined;
afterEach(() => {
  taken = [];
  passwords = [];
  server?.close();
});

async function start(secure: boolean): Promise<number> {
  server = new SMTPServer({
    secure,
    key,
    cert,
    authOptional: true,
    onAuth({ username, password }, _session, done) {
      passwords.push(password ?? '');
      done(null, { user: username });
    },
    onData(stream, session, done) {
      stream.resume().on('end', () => {
        taken.push({
          secure: session.secure,
          to: session.envelope.rcptTo.map(({ address }) => address),
          password: passwords.at(-1),
        });
        done(null, '2.0.0 Ok: queued');
      });
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return (server.server.address() as AddressInfo).port;
}

const MAIL = JSON.stringify({ from: 'a@example.com', to: 'b@example.com', subject: 'x', text: 'x' });

/** In a process of its own, because which certificates are trusted is settled when one starts. */
async function send(url: string, { trusted }: { trusted: boolean }): Promise<MailAnswer> {
  const module = path.resolve(
    import.meta.dirname,
    '../../app/features/notify/channels/email/send-mail.server.ts',
  );
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { sendMail } = await import(${JSON.stringify(module)});
       console.log(JSON.stringify(await sendMail(${JSON.stringify(url)}, ${MAIL})));`,
    ],
    {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        NODE_EXTRA_CA_CERTS: trusted ? path.join(folder, 'cert.pem') : '',
      },
    },
  );
  return JSON.parse(stdout) as MailAnswer;
}

test.each([
  ['smtp', false, '?requireTLS=true'],
  ['smtp', false, ''],
  ['smtps', true, ''],
])(
  '%s to a certificate that nobody vouches for: nothing is sent, no password said, and it is named',
  async (scheme, secure, query) => {
    const port = await start(secure);
    const url = `${scheme}://user:hunter2@localhost:${port}${query}`;
    const answer = await send(url, { trusted: false });
    expect(answer).toMatchObject({ outcome: 'retry', certain: true });
    expect(answer.answer).toMatch(
      /^Nothing was sent: .*certificate .*NODE_EXTRA_CA_CERTS.*DEPTH_ZERO_SELF_SIGNED_CERT/,
    );
    expect({ taken, passwords }).toEqual({ taken: [], passwords: [] });
  },
);

test.each([
  ['smtp', false, '?requireTLS=true'],
  ['smtp', false, ''],
  ['smtps', true, ''],
])('%s to a certificate that is trusted goes over TLS, the password too', async (scheme, secure, query) => {
  const port = await start(secure);
  const answer = await send(`${scheme}://user:hunter2@localhost:${port}${query}`, { trusted: true });
  expect(answer).toEqual({ outcome: 'accepted', answer: '250 2.0.0 Ok: queued' });
  expect(taken).toEqual([{ secure: true, to: ['b@example.com'], password: 'hunter2' }]);
});

test('a certificate for another name is not taken, trusted or not', async () => {
  const port = await start(true);
  const answer = await send(`smtps://[::ffff:127.0.0.1]:${port}`, { trusted: true });
  expect(answer).toMatchObject({ outcome: 'retry', certain: true });
  expect(answer.answer).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(taken).toEqual([]);
});

test('smtps:// to a server that turns to TLS only when asked says what may be wrong', async () => {
  const port = await start(false);
  const answer = await send(`smtps://localhost:${port}`, { trusted: true });
  expect(answer).toMatchObject({ outcome: 'retry', certain: true });
  expect(answer.answer).toContain('smtp:// turns to it');
});
