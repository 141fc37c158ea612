import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { failedVerdict, type ProbeVerdict, type Stages } from './probe.ts';
import { startClock } from './exchange.server.ts';

/** The reply to the last command is complete: its last line has a space after the code (RFC 5321, 4.2.1). */
const COMPLETE = /^(\d{3}) [^\n]*\n$/m;
/** A server that says more than this before its greeting is complete speaks another language. */
const MAX_REPLY = 8192;

/**
 * Whether a mail server greets and takes EHLO. Signs in to nothing and sends nothing: that is what "send test" is for.
 * @param url SMTP_URL: `smtp://` (port 587) or `smtps://` (port 465)
 */
export function probeSmtp(
  url: string,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<{ verdict: ProbeVerdict; stages: Stages }> {
  const { hostname, port, protocol } = new URL(url);
  const isTls = protocol === 'smtps:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const clock = startClock();
  return new Promise((resolve) => {
    const socket: Socket = isTls
      ? connectTls({ host, port: Number(port || 465), servername: isIP(host) ? undefined : host })
      : connectTcp({ host, port: Number(port || 587) });
    const end = (verdict: (stages: Stages) => ProbeVerdict) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      const stages = clock.stages();
      socket.end('QUIT\r\n');
      socket.destroySoon();
      resolve({ verdict: verdict(stages), stages });
    };
    const fail = (error: unknown) => end((stages) => failedVerdict(error, stages, timeoutMs));
    const timer = setTimeout(
      () => fail(new DOMException(`no greeting within ${timeoutMs} ms`, 'TimeoutError')),
      timeoutMs,
    );
    const stop = () => fail(new DOMException('stopped', 'AbortError'));
    signal?.addEventListener('abort', stop, { once: true });
    clock.watch(socket);
    socket.on('error', fail);
    socket.on('end', () => fail(new Error('closed')));

    let said = '';
    let isGreeted = false;
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1');
      const status = Number(COMPLETE.exec(said)?.[1] ?? (said.length > MAX_REPLY ? 500 : NaN));
      if (Number.isNaN(status)) return;
      said = '';
      if (status !== (isGreeted ? 250 : 220))
        end(() => ({
          ok: false,
          status,
          errorClass: 'smtp',
          detail: `${status} ${isGreeted ? 'to EHLO' : 'instead of a greeting'}`,
        }));
      else if (isGreeted)
        end(({ latencyMs }) => ({
          ok: true,
          status,
          errorClass: null,
          detail: `greets and takes EHLO in ${latencyMs} ms`,
        }));
      else {
        isGreeted = true;
        socket.write('EHLO outage-center\r\n');
      }
    });
  });
}
