import type { Services } from '../../lib/services.server.ts';
import { sendByEmail } from './channels/email.server.ts';
import { sendToPagerDuty } from './channels/pagerduty.server.ts';
import { sendToSlack } from './channels/slack.server.ts';
import { sendToWebhook } from './channels/webhook.server.ts';
import { findTarget } from './find-target.server.ts';
import type { Channel } from './message.ts';
import type { Outgoing } from './outgoing.ts';
import type { SendAnswer } from './retry-plan.ts';

/** Sends a message once, now. Every ending is an answer; nothing is thrown for what the other side does. */
export async function sendOverChannel(
  services: Pick<Services, 'config' | 'db'>,
  channel: Channel,
  outgoing: Outgoing,
  now: Date,
): Promise<SendAnswer> {
  const found = await findTarget(services, channel);
  if ('problem' in found) return found.problem;
  const { config } = services;
  const { target } = found;
  switch (target.kind) {
    case 'slack':
      return sendToSlack(config, target, outgoing, now);
    case 'email':
      return sendByEmail(target, outgoing);
    case 'pagerduty':
      return sendToPagerDuty(config, target, outgoing, now);
    case 'webhook':
      // The receiver compares its time with its own clock: that of this try, not of the story that `now` may tell.
      return sendToWebhook(config, target, outgoing, { now, at: services.db.clock.now() });
  }
}
