import type { Figures } from './figures.ts';

/** Chatwoot is connected, and no webhook has come since: nothing shows that one would. */
export const isUnproved = ({ agentHealthUrl, outage: { arrival } }: Figures): boolean =>
  agentHealthUrl !== null && arrival !== null && arrival.provedAt === null;
