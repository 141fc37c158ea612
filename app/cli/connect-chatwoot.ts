import { privateHostOf } from '../features/arrival/cause/find-cause.server.ts';
import {
  changeDashboardApp,
  connectChatwoot,
  removeElsewhere,
} from '../features/arrival/connect/connect.server.ts';
import {
  addressWords,
  connectedWords,
  connectionProblem,
  dashboardAppWords,
  inboxesUnreadable,
  proofWords,
  registrationProblem,
} from '../features/arrival/connect/connect-words.server.ts';
import { proveArrival } from '../features/arrival/connect/prove-arrival.server.ts';
import { failureWords } from '../lib/chatwoot/answer.ts';
import { createChatwootClient } from '../lib/chatwoot/chatwoot-client.server.ts';
import { loadConfigOrExit } from '../lib/settings/load-config.server.ts';
import type { Connection } from '../lib/settings/config.ts';
import type { Services } from '../lib/services.server.ts';
import { argumentsOrExit, WRONG_SETTINGS, WrongUsage } from './command-line.ts';
import { cliActor, fail, runWithServices } from './with-services.server.ts';

const COMMAND = {
  name: 'ops:connect-chatwoot',
  does: `Registers this app's webhook in Chatwoot, takes over every webhook and API inbox of it that leads here, keeps what proves
them, and then proves it: writes as an invented customer and waits up to 30 s for the webhook. Safe to run again.
Needs AGENT_SDK_URL, CHATWOOT_BASE_URL, CHATWOOT_ACCOUNT_ID, CHATWOOT_API_TOKEN and APP_URL, the app's database, and for the
proof the running app. It is put on record in the audit log.`,
  options: {
    'no-proof': { type: 'boolean', help: 'writes no test message: the app does not run yet' },
    'dashboard-app': { type: 'boolean', help: 'adds a page beside the conversations in Chatwoot' },
    'remove-dashboard-app': { type: 'boolean', help: 'takes that page away again' },
    'remove-elsewhere': {
      type: 'boolean',
      help: "removes the account's webhooks that lead to this app at another address",
    },
  },
  ends: ['when connected and proved', 'when not'],
} as const;

const wish = argumentsOrExit(COMMAND, (values) => {
  if (values['dashboard-app'] && values['remove-dashboard-app'])
    throw new WrongUsage('--dashboard-app and --remove-dashboard-app cannot both be wished.');
  return values;
});
const appWish = wish['remove-dashboard-app'] ? 'remove' : wish['dashboard-app'] ? 'add' : null;

async function connect(services: Services, connection: Connection, appUrl: string): Promise<number> {
  const { chatwootUrl: baseUrl, accountId, apiToken } = connection;
  const client = createChatwootClient({ baseUrl, accountId, apiToken });
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const actor = cliActor();
  const result = await connectChatwoot(services, client, { connection, appUrl, actor });
  if (result.outcome === 'refused') return fail(registrationProblem(result.what, connection), false);
  if (result.outcome === 'inboxes_unreadable') return fail(inboxesUnreadable(result.what), false);
  const { elsewhere } = result;
  const removes = wish['remove-elsewhere'] === true;
  const shown = removes ? { ...result, elsewhere: { webhooks: [], inboxes: [] } } : result;
  connectedWords(shown).forEach(say);
  if (removes) {
    const { removed, failure } = await removeElsewhere(services, client, { elsewhere, actor });
    say(removed.length > 0 ? `Removed: ${removed.join(', ')}.` : 'Nothing led to another address.');
    if (failure) return fail(`Not everything could be removed. ${failureWords(failure)}.`, false);
  }
  addressWords(appUrl, result.version, await privateHostOf(appUrl)).forEach(say);
  const app = await changeDashboardApp(services, client, { appUrl, wish: appWish, actor });
  if (app.outcome !== 'failed') say(dashboardAppWords(app));
  // Where nobody asked for it, that it cannot be looked at is no news.
  else if (appWish !== null) return fail(dashboardAppWords(app), false);
  if (wish['no-proof']) {
    say('Not proved yet: start the app and run this again, or use the button on the page Health.');
    return 0;
  }
  say('Writing a test message as an invented customer, and waiting for its webhook …');
  const { proof, cause } = await proveArrival(services, client, { connection });
  if (proof.outcome === 'arrived') {
    say(proofWords(proof));
    return 0;
  }
  const why = cause ? ` Most likely: ${cause.sentence} ${cause.cure}` : '';
  return fail(`${proofWords(proof)}${why} Does the app run, and at APP_URL?`, false);
}

const config = loadConfigOrExit();
const { connection, APP_URL: appUrl } = config;
if (!connection || !appUrl) {
  process.stderr.write(`${connectionProblem(config)}\n`);
  process.exitCode = WRONG_SETTINGS;
} else {
  // Nothing is changed in Chatwoot that could not be put on record here.
  await runWithServices((services) => connect(services, connection, appUrl));
}
