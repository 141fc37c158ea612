/** What else happens when fallback mode goes on; the pause of deliveries and the notice always do. */
export interface FallbackOptions {
  /** Ids of Chatwoot inboxes that answer with the out-of-office message meanwhile. */
  inboxes: number[];
  /** Whether Chatwoot goes on sending webhooks, which are stored and held. */
  webhook: 'left' | 'disabled';
}

export const NO_OPTIONS: FallbackOptions = { inboxes: [], webhook: 'left' };

/** Inboxes one step may name; an account has a few dozen. */
const MOST_INBOXES = 200;

/** The options of a form: `inbox` as often as there are inboxes, `webhook=disabled`. Null: not understood. */
export function optionsFromParams(params: URLSearchParams): FallbackOptions | null {
  const inboxes = params.getAll('inbox').map(Number);
  const webhook = params.get('webhook') ?? 'left';
  const understood =
    inboxes.length <= MOST_INBOXES &&
    inboxes.every((id) => Number.isSafeInteger(id) && id > 0 && id <= 2_147_483_647) &&
    (webhook === 'left' || webhook === 'disabled');
  return understood ? { inboxes: [...new Set(inboxes)], webhook } : null;
}
