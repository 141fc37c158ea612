import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { ProbeVerdict, Stages } from './probe.ts';

/** Whether PostgreSQL answers a statement. Never throws. */
export async function probeDatabase(
  pool: pg.Pool,
  timeoutMs: number,
): Promise<{ verdict: ProbeVerdict; stages: Stages }> {
  const started = performance.now();
  const answered = pool.query('SELECT 1').then(
    () => true,
    () => false,
  );
  const ok = await Promise.race([answered, delay(timeoutMs, null, { ref: false })]);
  const latencyMs = Math.round(performance.now() - started);
  const stages = { dnsMs: null, tcpMs: null, tlsMs: null, connected: ok === true, latencyMs };
  if (ok)
    return { verdict: { ok, status: null, errorClass: null, detail: `answers in ${latencyMs} ms` }, stages };
  const detail = ok === null ? `does not answer within ${timeoutMs} ms` : 'refuses a simple statement';
  return { verdict: { ok: false, status: null, errorClass: 'database', detail }, stages };
}
