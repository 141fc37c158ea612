import { connect } from 'node:net';
import { failedVerdict, type ProbeVerdict, type Stages } from './probe.ts';
import { startClock } from './exchange.server.ts';

/** Whether a TCP connection to `tcp://host:port` is taken. Never throws. */
export function probeTcp(
  url: string,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<{ verdict: ProbeVerdict; stages: Stages }> {
  const { hostname, port } = new URL(url);
  const clock = startClock();
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), signal });
    const end = (verdict: (stages: Stages) => ProbeVerdict) => {
      clearTimeout(timer);
      const stages = clock.stages();
      socket.destroy();
      resolve({ verdict: verdict(stages), stages });
    };
    const fail = (error: unknown) => end((stages) => failedVerdict(error, stages, timeoutMs));
    const timer = setTimeout(
      () => fail(new DOMException(`no connection within ${timeoutMs} ms`, 'TimeoutError')),
      timeoutMs,
    );
    clock.watch(socket);
    socket.on('error', fail);
    socket.once('connect', () =>
      end(({ latencyMs }) => ({
        ok: true,
        status: null,
        errorClass: null,
        detail: `port ${port} answers in ${latencyMs} ms`,
      })),
    );
  });
}
