import { setTimeout as delay } from 'node:timers/promises';
import { startAgent } from './agent/agent.ts';
import { idsAfter, startChatwoot } from './chatwoot/chatwoot.ts';
import { startControl } from './control/control.ts';
import { newAgentSecret, registerWebhook } from './demo/demo-settings.ts';
import { createOutageScript } from './demo/outage-script.ts';

/**
 * The sandbox of a drill, as a process of its own: a simulated Chatwoot that posts webhooks to the address it is given,
 * and a simulated Agent service. It says where they are to the process that began it, and ends with it.
 */
export interface DrillSandbox {
  controlUrl: string;
  chatwootUrl: string;
  accountId: number;
  apiToken: string;
  webhookSecret: string;
  agentUrl: string;
  agentSecret: string;
}

process.on('disconnect', () => process.exit(0));

const [webhookUrl = '', pace = '0'] = process.argv.slice(2);
const agentSecret = newAgentSecret();
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
const control = await startControl({ chatwoot, agent, script });
const webhookSecret = await registerWebhook(chatwoot, webhookUrl);
chatwoot.traffic.setPace(Number(pace));
chatwoot.traffic.start();
const { url: chatwootUrl, accountId, apiToken } = chatwoot;
const sandbox: DrillSandbox = {
  controlUrl: control.url,
  chatwootUrl,
  accountId,
  apiToken,
  webhookSecret,
  agentUrl: agent.url,
  agentSecret,
};
process.send?.(sandbox);
