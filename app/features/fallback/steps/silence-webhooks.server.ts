import type { ChatwootWebhook } from '../../../lib/chatwoot/registrations.server.ts';
import type { Services } from '../../../lib/services.server.ts';
import {
  type ClaimedStep,
  NOT_CONNECTED,
  readSaved,
  resultOf,
  saveFound,
  type FallbackStepResult,
} from './claim-step.server.ts';
import { openInboxes } from '../chatwoot-inboxes.server.ts';
import { changedEvents, sameEvents } from './changed-meanwhile.ts';

/** Where Chatwoot's webhooks arrive. */
const ENDPOINT = '/api/webhooks/chatwoot';

/**
 * Chatwoot can neither switch a webhook off nor leave it without events, and one that is deleted comes back with another
 * secret. So it keeps the one event that is rare and does no harm: that a conversation began.
 */
const QUIET = ['conversation_created'];

interface Subscribed {
  id: number;
  subscriptions: string[];
}

/** Makes the account's webhooks to this app fall silent; what they were subscribed to is put down first. */
export async function silenceWebhooks(services: Services, step: ClaimedStep): Promise<FallbackStepResult> {
  const chatwoot = openInboxes(services);
  if (!chatwoot) return NOT_CONNECTED;
  const listed = await chatwoot.listWebhooks();
  if (listed.outcome !== 'ok') return resultOf(listed, 'Webhooks are sent as before');
  const own = listed.value.filter((webhook) => isOurs(webhook, services.config.APP_URL));
  if (own.length === 0)
    return {
      outcome: 'failed',
      result: 'Chatwoot has no webhook to this app: there is nothing to switch off.',
    };
  const found = own.map(({ id, subscriptions }): Subscribed => ({ id, subscriptions }));
  if (step.saved === null && !(await saveFound(services, step, found)))
    return { outcome: 'cancelled', result: 'Another process took over.' };
  for (const { id, url, subscriptions } of own) {
    // A refusal or a silence may have been obeyed: what is so already is not written again.
    if (sameEvents(subscriptions, QUIET)) continue;
    const answer = await chatwoot.updateWebhook(id, { url, subscriptions: QUIET });
    if (answer.outcome !== 'ok') return resultOf(answer, 'Webhooks may still be sent');
  }
  return {
    outcome: 'done',
    result:
      'Chatwoot tells only that a conversation began. What it keeps to itself is fetched afterwards by reconciliation.',
  };
}

/** Subscribes the webhooks to what they were subscribed to. */
export async function wakeWebhooks(services: Services, step: ClaimedStep): Promise<FallbackStepResult> {
  const chatwoot = openInboxes(services);
  if (!chatwoot) return NOT_CONNECTED;
  const saved = (await readSaved(services, step)) as Subscribed[] | null;
  if (!saved) return { outcome: 'done', result: 'Nothing to restore: it had not been changed.' };
  const listed = await chatwoot.listWebhooks();
  if (listed.outcome !== 'ok') return resultOf(listed, 'Chatwoot still sends no messages');
  const changes: string[] = [];
  for (const { id, subscriptions } of saved) {
    const webhook = listed.value.find((one) => one.id === id);
    if (!webhook)
      return {
        outcome: 'failed',
        result: `Webhook ${id} was deleted in Chatwoot meanwhile: register it anew with "npm run ops:connect-chatwoot".`,
      };
    const changed = changedEvents(webhook.subscriptions, { before: subscriptions, ours: QUIET });
    if (changed !== null) changes.push(`webhook ${id} to ${changed}`);
    if (sameEvents(webhook.subscriptions, subscriptions)) continue;
    const answer = await chatwoot.updateWebhook(id, { url: webhook.url, subscriptions });
    if (answer.outcome !== 'ok') return resultOf(answer, 'Chatwoot still sends no messages');
  }
  const events = new Set(saved.flatMap(({ subscriptions }) => subscriptions)).size;
  const result = `Chatwoot sends ${events} kinds of events again, as before.`;
  if (changes.length === 0) return { outcome: 'done', result };
  return {
    outcome: 'done',
    result: `${result} Somebody had changed ${changes.join(' and ')} in Chatwoot meanwhile: it was set back to what it was before fallback mode.`,
  };
}

function isOurs({ url }: ChatwootWebhook, appUrl: string | undefined): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, pathname } = new URL(url);
  return pathname.replace(/\/+$/, '').endsWith(ENDPOINT) && (!appUrl || origin === new URL(appUrl).origin);
}
