import type { Chatwoot } from '../chatwoot/chatwoot.ts';
import type { ChatwootCommand } from './control-api.ts';

/** Does what a command says, field by field. */
export async function commandChatwoot(chatwoot: Chatwoot, command: ChatwootCommand): Promise<void> {
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
