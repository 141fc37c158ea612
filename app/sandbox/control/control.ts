import type { AgentService } from '../agent/agent.ts';
import type { Chatwoot } from '../chatwoot/chatwoot.ts';
import type { OutageScript } from '../demo/outage-script.ts';
import type { Notifications } from '../notifications/notifications.ts';
import { parseJsonObject, readBody, sendJson, startHttpServer } from '../sandbox-server.ts';
import type { ChatwootCommand, SandboxState } from './control-api.ts';
import {
  commandNotifications,
  notificationsState,
  readAgentCommand,
  readChatwootCommand,
  readNotificationsCommand,
  readScriptCommand,
} from './control-commands.ts';

export interface ControlOptions {
  chatwoot: Chatwoot;
  agent: AgentService;
  script: OutageScript;
  /** What notifications go to, where it is simulated too. */
  notifications?: Notifications;
  /** A free one when left out. */
  port?: number;
}

export interface Control {
  url: string;
  state(): SandboxState;
  stop(): Promise<void>;
}

/** The HTTP server that steers the sandbox; control-api.ts has the shapes. */
export async function startControl({
  chatwoot,
  agent,
  script,
  notifications,
  port,
}: ControlOptions): Promise<Control> {
  /** Applies one command; a returned sentence says what was wrong with it. */
  const commands: Record<string, (body: Record<string, unknown>) => Promise<string | null>> = {
    async '/agent'(body) {
      const command = readAgentCommand(body);
      if (typeof command === 'string') return command;
      const { mode, ...settings } = command;
      script.takeOver();
      await agent.setMode(mode, settings);
      return null;
    },
    async '/chatwoot'(body) {
      const command = readChatwootCommand(body);
      if (typeof command === 'string') return command;
      await commandChatwoot(chatwoot, command);
      return null;
    },
    async '/script'(body) {
      const command = readScriptCommand(body);
      if (typeof command === 'string') return command;
      if (command.action === 'start') script.start();
      else await script.stop();
      return null;
    },
  };

  const views: Record<string, () => object> = { '/state': () => state() };
  if (notifications) {
    views['/notifications'] = () => notificationsState(notifications);
    commands['/notifications'] = async (body) => {
      const command = readNotificationsCommand(body);
      if (typeof command === 'string') return command;
      await commandNotifications(notifications, command);
      return null;
    };
  }

  const state = () => sandboxState(chatwoot, agent, script);

  const server = await startHttpServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://sandbox').pathname;
    const problem = (status: number, code: string, title: string, detail: string) =>
      sendJson(
        response,
        status,
        { type: `urn:outage-center:problem:${code}`, title, status, detail, code },
        'application/problem+json',
      );
    const body = await readBody(request);
    const view = Object.hasOwn(views, path) ? views[path] : undefined;
    const command = Object.hasOwn(commands, path) ? commands[path] : undefined;
    const allowed = [view && 'GET', command && 'POST'].filter((method) => method !== undefined);
    if (allowed.length === 0) {
      return problem(404, 'not_found', 'Not found', `The sandbox has no ${path}.`);
    }
    if (view && request.method === 'GET') return sendJson(response, 200, view());
    if (!command || request.method !== 'POST') {
      response.setHeader('Allow', allowed.join(', '));
      const methods = allowed.join(' or ');
      return problem(405, 'method_not_allowed', 'Method not allowed', `Use ${methods} for ${path}.`);
    }
    const parsed = parseJsonObject(body);
    const wrong = parsed ? await command(parsed) : 'The body is not a JSON object.';
    if (wrong !== null) return problem(400, 'bad_command', 'Bad command', wrong);
    sendJson(response, 200, state());
  }, port);

  return { url: server.url, state, stop: () => server.shut() };
}

function sandboxState(chatwoot: Chatwoot, agent: AgentService, script: OutageScript): SandboxState {
  const { records } = agent;
  const mode = agent.mode();
  const settings = agent.settings();
  const { sent, acknowledged, failed, waiting } = chatwoot.webhooks.counts();
  const lastFailure = chatwoot.webhooks.log.findLast((outcome) => !outcome.acknowledged);
  return {
    agent: {
      mode,
      status: mode === 'status' ? (settings.status ?? 503) : null,
      retryAfter: mode === 'status' && settings.retryAfter !== undefined ? Number(settings.retryAfter) : null,
      latencyMs: settings.latencyMs ?? 0,
      health: agent.health(),
      received: records.acceptedCount(),
      distinct: records.distinctCount(),
      duplicates: records.duplicateCount(),
      refused: agent.refusedCount(),
      drafts: agent.draftCount(),
    },
    chatwoot: {
      mode: chatwoot.mode(),
      services: chatwoot.services(),
      conversationsPerMinute: chatwoot.traffic.pace(),
      trafficRunning: chatwoot.traffic.started() && chatwoot.traffic.pace() > 0 && chatwoot.mode() !== 'down',
      sent,
      acknowledged,
      failed,
      webhooks: chatwoot.webhooks.losing() ? 'lost' : 'sent',
      workers: chatwoot.webhooks.workers(),
      waiting,
      lastFailure: lastFailure?.reason ?? null,
    },
    script: script.state(),
  };
}

/** Does what a command says, field by field. */
async function commandChatwoot(chatwoot: Chatwoot, command: ChatwootCommand): Promise<void> {
  const { mode, services, workers, registration, version, conversationsPerMinute } = command;
  if (mode) await chatwoot.setMode(mode, { status: command.status });
  if (services) chatwoot.setServices(services);
  if (command.webhooks) chatwoot.webhooks.lose(command.webhooks === 'lost' ? () => true : null);
  if (workers) chatwoot.webhooks.setWorkers(workers);
  if (registration === 'removed') chatwoot.registrations.remove();
  if (command.addressFilter !== undefined) chatwoot.setAddressFilter(command.addressFilter);
  if (command.webhookDelayMs !== undefined) chatwoot.webhooks.setDelay(command.webhookDelayMs);
  if (command.overtaking !== undefined) chatwoot.setOvertaking(command.overtaking);
  if (command.clockOffsetSeconds !== undefined) chatwoot.setClock(command.clockOffsetSeconds * 1000);
  if (version) chatwoot.setVersion(version);
  if (conversationsPerMinute !== undefined) {
    chatwoot.traffic.setPace(conversationsPerMinute);
    chatwoot.traffic.start();
  }
  if (command.emit) chatwoot.traffic.emit(command.emit);
}
