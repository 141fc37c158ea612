import { lookup } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { ChatwootClient } from '../../../lib/chatwoot/chatwoot-client.server.ts';
import { isPublicAddress } from '../../../lib/http/outbound-address.ts';
import type { Services } from '../../../lib/services.server.ts';
import { readRegistration } from '../../health/investigations/signature.server.ts';
import { planProbes } from '../../health/probes/probe.ts';
import { runProbe } from '../../health/probes/run-probe.server.ts';
import { type CauseEvidence, decideCause, type LikelyCause } from './decide-cause.ts';

/**
 * Why webhooks do not come, most likely, from evidence taken now; each question has a deadline of its own and none of them
 * stops the others.
 * @param silence.since the first message that no webhook told of
 * @param silence.untold how many there are, as far as they were seen
 */
export async function findCause(
  services: Pick<Services, 'config' | 'db'>,
  client: ChatwootClient,
  { since, untold, now, signal }: { since: Date; untold: number; now: Date; signal?: AbortSignal },
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
      untold,
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

/** Refusals that say that whoever posts has another secret or token than we, see intake/intake.ts. */
const FOR_PROOF = [
  'missing_signature',
  'bad_signature',
  'stale_signature',
  'missing_token',
  'bad_token',
  'not_connected',
  'secrets_unreadable',
];

const OTHER: Record<string, { words: string; cure: string }> = {
  too_large: {
    words: 'because they are larger than WEBHOOK_MAX_BODY_BYTES allows',
    cure: 'Raise WEBHOOK_MAX_BODY_BYTES and restart; what was refused is fetched by comparison.',
  },
};

type Refusals = Pick<CauseEvidence, 'refusedForProof' | 'refusedOtherwise'>;

/** What this app refused since a moment, to the minute. */
async function readRefusals(pool: pg.Pool, since: Date): Promise<Refusals> {
  const { rows } = await pool.query<{ label: string; n: number }>(
    `SELECT label, sum(n)::float8 AS n FROM fact_rollups
     WHERE resolution = 'minute' AND metric = 'rejected' AND bucket >= date_bin('1 minute', $1::timestamptz, 'epoch')
     GROUP BY label ORDER BY n DESC`,
    [since],
  );
  const [forProof] = rows.filter(({ label }) => FOR_PROOF.includes(label));
  const [other] = rows.filter(({ label }) => !FOR_PROOF.includes(label));
  return {
    refusedForProof: forProof ? { count: forProof.n, reason: forProof.label } : null,
    refusedOtherwise: other
      ? {
          count: other.n,
          ...(OTHER[other.label] ?? {
            words: `for another reason (${other.label.replaceAll('_', ' ')})`,
            cure: 'See what was refused on the overview, and what stands between Chatwoot and this app.',
          }),
        }
      : null,
  };
}

/** A name is asked for no longer than this, ms. */
const PATIENCE_MS = 2000;

/**
 * The host of an address that leads into private networks only, as this machine resolves it: Chatwoot may see another
 * answer, so it is evidence and no proof.
 * @returns null when some address of it is public, or when that is not known
 */
export async function privateHostOf(url: string | undefined): Promise<string | null> {
  if (!url) return null;
  const { hostname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const addresses = await Promise.race([
    lookup(host, { all: true }).catch(() => []),
    delay(PATIENCE_MS, [], { ref: false }),
  ]);
  if (addresses.length === 0) return null;
  return addresses.some(({ address }) => isPublicAddress(address)) ? null : host;
}
