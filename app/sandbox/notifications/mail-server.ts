import { randomInt } from 'node:crypto';
import { SMTPServer } from 'smtp-server';
import { appendBounded } from '../sandbox-server.ts';
import type { NotificationReceiver, NotifierMode, Received } from './notification-receiver.ts';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** Names in lower case, folded lines joined, encoded words decoded. */
  headers: Record<string, string>;
  raw: string;
}

/** Below the range of ports that the system hands out to clients. */
const OWN_PORTS = [20_000, 32_000] as const;
const KEPT = 1000;

/** A real SMTP server that takes every e-mail and sends none on. Mode `status` answers with an SMTP code, 451 if none is said. */
export async function startMailServer(): Promise<
  NotificationReceiver<ReceivedMail> & { refuse(address: string | null, words?: string): void }
> {
  const received: Received<ReceivedMail>[] = [];
  let mode: NotifierMode = 'ok';
  let status = 451;
  let refused: string | null = null;
  let refusal = '';
  let count = 0;
  let asked = 0;
  let server: SMTPServer | null = null;
  let port = 0;

  const create = () =>
    new SMTPServer({
      disabledCommands: ['STARTTLS'],
      authOptional: true,
      onAuth: (_auth, _session, done) => done(null, { user: 'sandbox' }),
      onRcptTo(address, _session, done) {
        if (address.address !== refused) return done();
        done(Object.assign(new Error(refusal), { responseCode: 550 }));
      },
      onData(stream, session, done) {
        asked += 1;
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          if (mode === 'hang') return;
          if (mode === 'status')
            return done(
              Object.assign(new Error('The sandbox was told to answer so'), { responseCode: status }),
            );
          const raw = Buffer.concat(chunks).toString('utf8');
          const { mailFrom, rcptTo } = session.envelope;
          const body: ReceivedMail = {
            from: mailFrom ? mailFrom.address : '',
            to: rcptTo.map(({ address }) => address),
            headers: readHeaders(raw),
            raw,
          };
          count += 1;
          appendBounded(received, { at: new Date(), text: body.headers.subject ?? '', body }, KEPT);
          done(null, `2.0.0 Ok: queued as SANDBOX${count}`);
        });
      },
    });

  const listen = (on: number) =>
    new Promise<void>((resolve, reject) => {
      const next = create();
      // Connections that clients break off are theirs to tell of.
      next.on('error', reject);
      next.listen(on, '127.0.0.1', () => {
        server = next;
        resolve();
      });
    });
  const shut = () =>
    new Promise<void>((resolve) => {
      const last = server;
      server = null;
      if (!last) return resolve();
      for (const connection of last.connections) connection.close();
      last.close(() => resolve());
    });

  for (let attempt = 1; ; attempt += 1) {
    port = randomInt(...OWN_PORTS);
    try {
      await listen(port);
      break;
    } catch (error) {
      if (attempt === 50) throw error;
    }
  }

  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    problems: [],
    count: () => count,
    asked: () => asked,
    mode: () => mode,
    async setMode(next, settings = {}) {
      mode = next;
      status = settings.status ?? 451;
      if (next === 'down') await shut();
      else if (!server) await listen(port);
    },
    refuse(address, words = 'No such mailbox') {
      [refused, refusal] = [address, words];
    },
    stop: shut,
  };
}

function readHeaders(raw: string): Record<string, string> {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ');
  return Object.fromEntries(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), decodeWords(line.slice(colon + 1).trim())];
    }),
  );
}

/** RFC 2047: `=?UTF-8?Q?…?=`, also several in a row. */
function decodeWords(text: string): string {
  return text.replaceAll(
    /=\?utf-8\?([qb])\?([^?]*)\?=(?:\s+(?==\?))?/gi,
    (_all, kind: string, words: string) => {
      if (kind.toLowerCase() === 'b') return Buffer.from(words, 'base64').toString('utf8');
      const bytes = words
        .replaceAll('_', ' ')
        .replaceAll(/=([0-9a-f]{2})/gi, (_hex, code: string) => String.fromCharCode(parseInt(code, 16)));
      return Buffer.from(bytes, 'latin1').toString('utf8');
    },
  );
}
