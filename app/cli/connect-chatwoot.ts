import { recordAudit } from '../features/audit/record-audit.server.ts';
import { sealingKeys } from '../features/intake/credentials/sealing-keys.ts';
import { replaceStoredHooks } from '../features/intake/credentials/stored-hooks.server.ts';
import { createChatwootClient } from '../lib/chatwoot-client.server.ts';
import { loadConfigOrExit } from '../lib/config.server.ts';
import type { Connection } from '../lib/config.ts';
import type { Services } from '../lib/services.server.ts';
import { inTransaction } from '../lib/transaction.server.ts';
import { argumentsOrExit } from './arguments-or-exit.server.ts';
import { WRONG_SETTINGS } from './command-line.ts';
import {
  connectionProblem,
  connectionRecord,
  publicAddressHint,
  registrationProblem,
} from './connect-texts.ts';
import { registerWebhook } from './register-webhook.server.ts';
import { cliActor, fail, runWithServices } from './with-services.server.ts';

const COMMAND = {
  name: 'ops:connect-chatwoot',
  does: `Registers this app's webhook in Chatwoot and keeps the secret that Chatwoot made. Safe to run again.
Needs AGENT_SDK_URL, CHATWOOT_BASE_URL, CHATWOOT_ACCOUNT_ID, CHATWOOT_API_TOKEN and APP_URL, and the app's database:
it is put on record in the audit log.`,
  options: {},
  ends: ['when connected', 'when not'],
} as const;

async function connect(services: Services, connection: Connection, appUrl: string): Promise<number> {
  const { config } = services;
  const { chatwootUrl, accountId, apiToken } = connection;
  const target = `${appUrl}/api/webhooks/chatwoot`;
  const client = createChatwootClient({ baseUrl: chatwootUrl, accountId, apiToken });
  const result = await registerWebhook(client, { target, token: config.CHATWOOT_WEBHOOK_TOKEN });
  if (result.outcome !== 'registered') return fail(registrationProblem(result, connection), false);
  const { webhook, how } = result;
  const { secret } = webhook;
  await inTransaction(services.db.pool, async (database) => {
    const at = services.db.clock.now();
    if (secret)
      await replaceStoredHooks(
        database,
        sealingKeys(config),
        [{ kind: 'webhook', hookId: String(webhook.id), proof: 'signature', secret }],
        at,
      );
    await recordAudit(database, { actor: cliActor(), ...connectionRecord(result, connection), at });
  });
  const say = (text: string) => process.stdout.write(`${text}\n`);
  say(
    `Webhook ${webhook.id} ${how}: ${target} gets ${webhook.subscriptions.length} kinds of events. Checked.`,
  );
  if (secret) {
    say('Its secret is in the database, sealed; every process of this app uses it from now on.');
  } else if (config.CHATWOOT_WEBHOOK_TOKEN) {
    say('This Chatwoot does not sign webhooks (before 4.12): the address carries CHATWOOT_WEBHOOK_TOKEN.');
  } else {
    say('This Chatwoot does not sign webhooks (before 4.12), or hides the secret from this user.');
    say('Set CHATWOOT_WEBHOOK_TOKEN to a long random text, restart the app and run this again.');
  }
  const hint = publicAddressHint(appUrl);
  if (hint) say(hint);
  say('Next: write a message in one of your inboxes and see it arrive on the page.');
  return 0;
}

argumentsOrExit(COMMAND);
const config = loadConfigOrExit();
const { connection, APP_URL: appUrl } = config;
if (!connection || !appUrl) {
  process.stderr.write(`${connectionProblem(config)}\n`);
  process.exitCode = WRONG_SETTINGS;
} else {
  // Nothing is changed in Chatwoot that could not be put on record here.
  await runWithServices((services) => connect(services, connection, appUrl));
}
