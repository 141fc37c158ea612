/** A test that neither signs nor carries a token says so as an operator would: nothing is open by itself. */
export function unsignedUnless(env: Record<string, string>): Record<string, string> {
  const proved = Boolean(env.CHATWOOT_WEBHOOK_SECRET) || Boolean(env.CHATWOOT_WEBHOOK_TOKEN);
  return proved ? {} : { CHATWOOT_WEBHOOK_ALLOW_UNSIGNED: 'true' };
}
