import { webhookSecretFile } from '../features/intake/webhook-secrets.server.ts';
import { createChatwootClient } from '../lib/chatwoot-client.server.ts';
import { loadConfigOrExit } from '../lib/config.server.ts';
import { connectionProblem, publicAddressHint, registrationProblem } from './connect-texts.ts';
import { registerWebhook } from './register-webhook.server.ts';
import { storeSecret } from './store-secret.server.ts';
import { fail } from './with-services.server.ts';

const USAGE = `npm run ops:connect-chatwoot
Registers this app's webhook in Chatwoot and keeps the secret that Chatwoot made. Safe to run again.
Needs AGENT_SDK_URL, CHATWOOT_BASE_URL, CHATWOOT_ACCOUNT_ID, CHATWOOT_API_TOKEN and APP_URL.
Ends with 0 when connected, 2 for wrong usage or missing settings, 1 for any other failure.
`;

async function connect(): Promise<number> {
  const config = loadConfigOrExit();
  const problem = connectionProblem(config);
  if (problem || !config.connection || !config.APP_URL) {
    process.stderr.write(`${problem}\n`);
    return 2;
  }
  const { chatwootUrl, accountId, apiToken } = config.connection;
  const target = `${config.APP_URL}/api/webhooks/chatwoot`;
  const client = createChatwootClient({ baseUrl: chatwootUrl, accountId, apiToken });
  const result = await registerWebhook(client, { target, token: config.CHATWOOT_WEBHOOK_TOKEN });
  if (result.outcome !== 'registered') return fail(registrationProblem(result, config.connection), false);
  const { webhook, how } = result;
  const say = (text: string) => process.stdout.write(`${text}\n`);
  say(
    `Webhook ${webhook.id} ${how}: ${target} gets ${webhook.subscriptions.length} kinds of events. Checked.`,
  );
  if (webhook.secret) {
    const file = webhookSecretFile(config.DATA_DIR);
    await storeSecret(file, config.DATA_DIR, { secret: webhook.secret, webhookId: webhook.id, url: target });
    say(`Its secret is in ${file}, readable by the app only. A running app uses it within 5 seconds.`);
  } else if (config.CHATWOOT_WEBHOOK_TOKEN) {
    say('This Chatwoot does not sign webhooks (before 4.12): the address carries CHATWOOT_WEBHOOK_TOKEN.');
  } else {
    say('This Chatwoot does not sign webhooks (before 4.12), or hides the secret from this user.');
    say('Set CHATWOOT_WEBHOOK_TOKEN to a long random text, restart the app and run this again.');
  }
  const hint = publicAddressHint(config.APP_URL);
  if (hint) say(hint);
  say('Next: write a message in one of your inboxes and see it arrive on the page.');
  return 0;
}

const [flag] = process.argv.slice(2);
if (flag === '--help' || flag === '-h') process.stdout.write(USAGE);
else if (flag !== undefined) {
  process.stderr.write(`"${flag}" is not an option.\n${USAGE}`);
  process.exitCode = 2;
} else {
  process.exitCode = await connect().catch((error: unknown) =>
    fail(error instanceof Error ? error.message : String(error), false),
  );
}
