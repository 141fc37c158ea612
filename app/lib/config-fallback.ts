import { duration, http, list, text, url } from './config-fields.ts';
import { z } from 'zod';

/** Fallback mode and the clock of customers who wait; the defaults are the runbook's, section 3. */
export const FALLBACK_SETTINGS = {
  SUPPORT_FALLBACK_EMAIL: text.transform((value, ctx) => {
    if (value === undefined) return 'support@hotrodan.com';
    if (/^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/.test(value)) return value;
    ctx.addIssue(
      `SUPPORT_FALLBACK_EMAIL is "${value}": put the address there that customers write to while support is down (default support@hotrodan.com).`,
    );
    return z.NEVER;
  }),
  SUPPORT_STATUS_PAGE_URL: url('SUPPORT_STATUS_PAGE_URL', http, 'https://status.example.com'),
  /** Alert rules that switch fallback mode on by themselves; of none by default: it is suggested only. */
  FALLBACK_AUTO_RULES: list.transform((rules, ctx) => {
    const wrong = rules.find((rule) => !/^[\w:. -]{1,60}$/.test(rule));
    if (wrong === undefined) return rules;
    ctx.addIssue(
      `FALLBACK_AUTO_RULES has "${wrong}": put names of alert rules there, separated by commas, e.g. chatwoot_down,agent_down.`,
    );
    return z.NEVER;
  }),
  /** A customer's first answer is due within this time. */
  SLA_FIRST_RESPONSE: duration('SLA_FIRST_RESPONSE', '30m', '1m', '7d'),
  /** How often Chatwoot is compared with the inbox, besides after each outage. */
  RECONCILE_INTERVAL: duration('RECONCILE_INTERVAL', '15m', '1s', '1d'),
  /** Messages younger than this are not missed yet: their webhooks may be on their way. */
  RECONCILE_SETTLE: duration('RECONCILE_SETTLE', '30s', '0s', '1h'),
};
