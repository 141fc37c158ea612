import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { sealBody } from '../../lib/body-cipher.server.ts';
import type { Services } from '../../lib/services.server.ts';
import { storableText } from '../../lib/storable.ts';
import { batchWebhooks, type StoreOutcome } from './batch-webhooks.server.ts';
import { countAnswers } from './count-answers.server.ts';
import { openDatabaseConnection, takeTurns } from './database-connection.server.ts';
import { deriveKeys } from './derive-keys.ts';
import { importSpool } from './spool/import-spool.server.ts';
import { guardTokens, openWebhookGate } from './webhook-gate.server.ts';
import type { InboxRow } from './inbox-row.ts';
import {
  type AnswerTiming,
  type Intake,
  type IntakeOutcome,
  type Webhook,
  type RejectionReason,
  keepHeaders,
  lateness,
} from './intake.ts';
import { parseWebhookBody } from './parse-webhook-body.ts';
import { openSpool } from './spool/open-spool.server.ts';
import { openStore } from './store-webhooks.server.ts';
import { startUpkeep } from './upkeep.server.ts';

export type { Intake } from './intake.ts';

/**
 * The intake of this process. Takes webhooks at once, also while the database has never been reached: they go
 * to the spool then. What an earlier process left in its spool is imported before anything newer.
 */
export function openIntake(services: Services): Intake {
  const { config, log, db, changes, metrics, processId } = services;
  const counts = countAnswers();
  const spool = openSpool({ folder: path.resolve(config.DATA_DIR, 'spool'), processId, log });
  const direct = openDatabaseConnection(db, { name: 'outage-center intake', pipeline: true });
  const gate = openWebhookGate(services, (statement) => direct.use(config.DATABASE_TIMEOUT_MS, statement));
  const guarded = guardTokens(gate);
  const background = openDatabaseConnection(db, { name: 'outage-center spool', pipeline: false });
  const turn = takeTurns();
  const upkeep = startUpkeep({
    spool,
    counts,
    connection: background,
    timeoutMs: config.DATABASE_TIMEOUT_MS,
    importSpool: () => importSpool({ services, spool, connection: background, turn }),
    onFailure: (error) => log.debug({ problem: String(error) }, 'the spool waits for the database'),
  });
  const importSoon = () => {
    if (spool.files().length > 0) upkeep.importNow().catch(() => undefined);
  };
  db.onStatus(({ state }) => {
    if (state !== 'up') return;
    importSoon();
    // The first webhook should not have to wait for a connection, nor find that the pools have taken the last one.
    direct.use(config.DATABASE_TIMEOUT_MS, (client) => client.query('SELECT 1')).catch(() => undefined);
  });
  let ready = false;
  const started = spool
    .adopt()
    .then(importSoon)
    .catch((error: unknown) => log.error({ problem: String(error) }, 'the spool folder cannot be read'))
    .finally(() => (ready = true));

  const store = openStore({ services, connection: direct, spool, turn });
  const batcher = batchWebhooks(async (rows) => {
    if (!ready) await started;
    let outcomes = await store(rows);
    if (outcomes[0]?.kind === 'unavailable' && spool.files().length > 0) {
      // The disk is full of older webhooks: once they are in the database, these can follow.
      await upkeep.importNow().catch(() => undefined);
      if (spool.files().length === 0) outcomes = await store(rows);
    }
    announce(outcomes);
    return outcomes;
  });

  function announce(outcomes: readonly StoreOutcome[]) {
    if (outcomes.some(({ kind }) => kind === 'accepted')) changes.announce('queued');
    changes.announce('page');
  }

  function reject(reason: RejectionReason, deliveryId?: string): IntakeOutcome {
    counts.reject(reason, services.db.clock.now());
    metrics.rejected.inc({ reason });
    changes.announce('page');
    log.info({ deliveryId, result: 'rejected', reason }, 'webhook');
    return { kind: 'rejected', reason };
  }

  function answered(answer: AnswerTiming) {
    const late = lateness(answer, config.CHATWOOT_SENDER_TIMEOUT);
    if (!late) return;
    counts.late(late, services.db.clock.now());
    metrics.answeredLate.inc({ how: late });
    changes.announce('page');
    log.info({ result: 'answered_late', how: late, tookMs: Math.round(answer.tookMs) }, 'webhook');
  }

  async function receive(webhook: Webhook): Promise<IntakeOutcome> {
    const startedAt = performance.now();
    const { headers, body, receivedAt } = webhook;
    const deliveryId = headers['x-chatwoot-delivery'];
    const storableId = deliveryId ? storableText(deliveryId, 200) : undefined;
    const failure = await guarded.whole(webhook);
    if (failure) return reject(failure, storableId);
    const parsed = parseWebhookBody(body);
    if (!parsed.ok) return reject(parsed.reason, storableId);
    const keys = deriveKeys(
      {
        payload: parsed.value,
        body,
        deliveryId,
        eventId: randomUUID(),
        defaultAccount: config.CHATWOOT_ACCOUNT_ID,
      },
      (error) => log.error({ problem: String(error), deliveryId: storableId }, 'a webhook is not understood'),
    );
    const { eventId } = keys;
    const row: InboxRow = {
      ...keys,
      deliveryId: storableId ?? null,
      headers: keepHeaders(headers),
      body: sealBody(config.DATA_ENCRYPTION_KEYS, body, eventId),
      receivedAt,
      ...(db.clock.processAheadMs() === null && { byMachine: true as const }),
    };
    const outcome = await batcher.add(row);
    const { kind } = outcome;
    const seq = kind === 'accepted' ? outcome.seq : undefined;
    if (kind !== 'unavailable') {
      metrics.received.inc({ result: kind });
      const tookMs = performance.now() - startedAt;
      metrics.intakeSeconds.observe(tookMs / 1000);
      services.traces?.webhook({ eventId, event: row.event, result: kind, receivedAt, tookMs });
    }
    log.info(
      {
        eventId,
        seq,
        deliveryId: storableId,
        conversation: row.conversationKey,
        event: row.event,
        result: kind,
      },
      'webhook',
    );
    switch (outcome.kind) {
      case 'accepted':
        return { kind: 'accepted', seq: outcome.seq, eventId };
      case 'spooled':
        return { kind: 'spooled', eventId };
      case 'duplicate':
      case 'unavailable':
        return { kind: outcome.kind };
    }
  }

  return {
    receive,
    now: () => db.clock.now(),
    refusal: guarded.byHead,
    reject: (reason) => void reject(reason),
    answered,
    status: () => ({
      spooled: spool.spooled(),
      spooledSince: spool.since(),
      inUse: spool.files().length > 0,
      quarantined: spool.quarantined(),
      rejected: counts.rejected(),
      late: counts.lately(db.clock.now()),
      open: config.CHATWOOT_WEBHOOK_ALLOW_UNSIGNED,
      credentials: gate.credentials(),
    }),
    async stop() {
      await batcher.idle();
      await upkeep.stop();
      await direct.close();
      await background.close();
      await spool.close();
    },
  };
}
