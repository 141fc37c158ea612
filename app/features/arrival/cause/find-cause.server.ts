import type { ChatwootClient } from '../../../lib/chatwoot-client.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import { readRegistration } from '../../health/investigations/signature.server.ts';
import { planProbes } from '../../health/plan-probes.ts';
import { runProbe } from '../../health/probes/run-probe.server.ts';
import { decideCause, type LikelyCause } from './likely-cause.ts';
import { privateHostOf } from './private-host.server.ts';
import { readRefusals } from './read-refusals.server.ts';

/**
 * Why webhooks do not come, most likely, from evidence taken now; each question has a deadline of its own and none of them
 * stops the others.
 * @param since the first message that no webhook told of
 */
export async function findCause(
  services: Pick<Services, 'config' | 'db'>,
  client: ChatwootClient,
  { since, now, signal }: { since: Date; now: Date; signal?: AbortSignal },
): Promise<LikelyCause> {
  const [registration, version, endpoint, privateHost, refusals, proved] = await Promise.all([
    readRegistration(services, client),
    client.version(),
    probeEndpoint(services, signal),
    privateHostOf(services.config.APP_URL),
    readRefusals(services.db.pool, since),
    readProved(services),
  ]);
  const told = version.outcome === 'ok' ? version.value : null;
  return decideCause(
    {
      // That anybody may post here keeps no webhook away.
      registration:
        registration.fault === 'unreadable'
          ? null
          : { ...registration, ok: registration.ok || registration.fault === 'open' },
      ...refusals,
      privateHost,
      version: told,
      provedSinceVersion: proved.version === told && proved.came,
      endpoint,
    },
    now,
  );
}

async function probeEndpoint({ config }: Pick<Services, 'config'>, signal?: AbortSignal) {
  const plan = planProbes(config).find(({ kind }) => kind === 'intake');
  if (!plan) return null;
  const { outcome, detail } = await runProbe(plan, { config, signal });
  return { ok: outcome === 'ok', detail };
}

/** Whether a webhook has come since Chatwoot has had the version that it has. */
async function readProved({ db }: Pick<Services, 'db'>): Promise<{ version: string | null; came: boolean }> {
  const { rows } = await db.pool.query<{ version: string | null; came: boolean }>(
    `SELECT version, EXISTS (SELECT FROM fact_rollups
       WHERE resolution = 'hour' AND metric = 'arrival' AND bucket >= date_bin('1 hour', version_since, 'epoch')) AS came
     FROM arrival_watch`,
  );
  return rows[0]!;
}
