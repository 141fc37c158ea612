import type { GuideContext } from './guide-steps.ts';
import { clockWords } from '../../../lib/time-words.ts';

const since = ({ since: at }: GuideContext) => `${at.toISOString().slice(0, 10)} ${clockWords(at)}`;

/** For #support: what our own people need to know. */
export const slackNotice = (context: GuideContext): string =>
  `Support outage since ${since(context)}: ${context.title}. Until further notice customers write to ${context.fallbackEmail}. Please answer there, and do not promise times. Updates follow here.`;

/** For customers: the expectation that the runbook, section 3, wants to be set. */
export const customerNotice = ({ fallbackEmail }: GuideContext): string =>
  `We're experiencing technical issues, responses may be delayed. Please write to ${fallbackEmail}: we read every message and answer as soon as we can.`;

/** For the shop's own status page. */
export const statusNotice = (context: GuideContext): string =>
  `Investigating: customer support chat is not available since ${since(context)}. Email to ${context.fallbackEmail} reaches us. Next update in 30 minutes.`;

/** For Chatwoot's support, where Chatwoot is hosted by its makers. */
export const vendorTicket = (context: GuideContext): string =>
  [
    `Subject: ${context.title} since ${since(context)}`,
    '',
    `Our Chatwoot at ${context.chatwootUrl ?? '(address)'} has been failing since ${since(context)}.`,
    ...(context.lastCheck ? [`What our checks get: ${context.lastCheck}`] : []),
    'Our customers cannot reach us meanwhile. Please tell us:',
    '1. whether you see an incident on your side, and since when;',
    '2. when you expect it to be over;',
    '3. whether webhooks of this time were lost or will be sent later.',
  ].join('\n');
