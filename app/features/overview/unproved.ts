import type { Figures } from './figures.ts';

/** Chatwoot is connected, and no webhook has ever come: nothing shows that one would. */
export const isUnproved = ({ agentHealthUrl, intake, ledger }: Figures): boolean =>
  agentHealthUrl !== null && intake.lastReceivedAt === null && ledger.received === 0;
