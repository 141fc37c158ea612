import { setTimeout as delay } from 'node:timers/promises';
import path from 'node:path';
import { startAgent } from './agent/agent.ts';
import { AppGaveUp, firstFreePort, runApp } from './demo/app-process.ts';
import { idsAfter, startChatwoot } from './chatwoot/chatwoot.ts';
import { startControl } from './control/control.ts';
import { nameDemoContacts } from './demo/demo-contacts.ts';
import {
  demoEnvironment,
  newAgentSecret,
  newSignInToken,
  openDemoFolder,
  registerWebhook,
} from './demo/demo-settings.ts';
import { notificationSettings, startNotifications } from './notifications/notifications.ts';
import { createOutageScript } from './demo/outage-script.ts';

/** `npm run demo`: the built app, with a simulated Chatwoot before it and a simulated Agent service behind it. */

const say = (text: string) => process.stdout.write(`${text}\n`);
const { env } = process;

const host = env.HOST?.trim() || '127.0.0.1';
const wantedPort = Number(env.PORT?.trim() || 3000);
const dataDir = path.resolve(env.DATA_DIR?.trim() || './var/demo');
const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
const ownHost = reachable.includes(':') ? `[${reachable}]` : reachable;

const folder = await openDemoFolder(dataDir);
const other = await folder.runningDemo();
if (other) {
  say(`A demo already runs on ${dataDir}: ${other}\nStop it first, or set DATA_DIR to another folder.`);
  process.exit(1);
}

const port = await firstFreePort(host, wantedPort);
if (port !== wantedPort) say(`Port ${wantedPort} is taken, so the demo uses ${port}.`);
const pageUrl = env.APP_URL?.trim() || `http://${ownHost}:${port}`;

const agentSecret = newAgentSecret();
const signInToken = newSignInToken();
const signInUrl = `${pageUrl}/demo/${signInToken}`;
const chatwoot = await startChatwoot({ firstIds: idsAfter(Date.now()), seed: Date.now(), logCap: 1000 });
const agent = await startAgent({
  secret: agentSecret,
  drafts: { chatwootUrl: chatwoot.url, token: chatwoot.botToken },
  receivedCap: 1000,
});
const script = createOutageScript(agent, {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
});
const notifications = await startNotifications();
const control = await startControl({ chatwoot, agent, script, notifications });
const webhookSecret = await registerWebhook(chatwoot, `http://${ownHost}:${port}/api/webhooks/chatwoot`);

const logFile = path.join(dataDir, 'app.log');
say('Starting Outage Center between a simulated Chatwoot and a simulated Agent service …');
const app = runApp({
  args: ['app/server/main.ts', `--sandbox=${control.url}`],
  env: demoEnvironment(
    env,
    { host, port, pageUrl, dataDir },
    {
      agentUrl: agent.url,
      chatwootUrl: chatwoot.url,
      accountId: chatwoot.accountId,
      apiToken: chatwoot.apiToken,
      webhookSecret,
      agentSecret,
      signInToken,
      notifications: notificationSettings(notifications),
    },
  ),
  logFile,
  readyUrl: `http://${ownHost}:${port}/readyz`,
  say,
});

let stopping = false;
async function stop(exitCode: number) {
  if (stopping) return;
  stopping = true;
  say('\nStopping …');
  chatwoot.traffic.stop();
  script.takeOver();
  await app.stop();
  await Promise.all([
    chatwoot.stop(),
    agent.stop(),
    control.stop(),
    notifications.stop(),
    folder.unmarkRunning(),
  ]);
  process.exit(exitCode);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));

try {
  await app.ready;
  await folder.markRunning(pageUrl, control.url);
  const isFirstTime = !folder.hasBegun();
  chatwoot.traffic.setPace(40);
  chatwoot.traffic.start();
  const own = `http://${ownHost}:${port}`;
  await nameDemoContacts(
    { url: own, signInUrl: `${own}/demo/${signInToken}` },
    notifications,
    isFirstTime,
  ).catch((error: unknown) =>
    say(`The demo's contacts could not be named (${String(error)}): do it on the page Contacts.`),
  );
  await folder.markBegun();
  say(greeting());
} catch (error) {
  if (!(error instanceof AppGaveUp)) throw error;
  process.stderr.write(`${error.message}\n`);
  await stop(1);
}

function greeting(): string {
  const shown = (file: string) => path.relative(process.cwd(), file) || '.';
  return `
Open ${pageUrl}

  On this machine it signs you in; from elsewhere open ${signInUrl}
  Customers of an invented shop write to a simulated Chatwoot. The app hands each message on to a simulated
  Agent service. Only the app is real. All is calm: press "Begin the outage" on the page.

  Try kill -9 ${app.pid()}: the app is started again here, and nothing that it had acknowledged is lost.
  Its log is ${shown(logFile)}, its data lies in ${shown(dataDir)}. Stop with Ctrl-C.
`;
}
