import { startChatwoot, type Chatwoot } from '../../app/sandbox/chatwoot/chatwoot.ts';
import { addTicket } from '../../app/features/tickets/add-ticket.server.ts';
import { listTickets, readTicket } from '../../app/features/tickets/read-tickets.server.ts';
import { createTestServices, type TestServices } from '../support/services.ts';
import { person } from '../support/person.ts';

export const ADA = person('Ada');
export const BEN = person('Ben', { role: 'responder' });

export interface TicketWorld {
  services: TestServices;
  /** A ticket that a person typed. @returns its number */
  add(fields?: { customer?: string; email?: string; issue?: string; minutesAgo?: string }): Promise<number>;
  read(id: number, withTexts?: boolean): Promise<NonNullable<Awaited<ReturnType<typeof readTicket>>>>;
  list(): ReturnType<typeof listTickets>;
  audit(): Promise<{ action: string; target: string; json: string }[]>;
}

/** Verbs over a database of the test's own. */
export function ticketWorld(services: TestServices): TicketWorld {
  return {
    services,
    async add(fields = {}) {
      const added = await addTicket(services, {
        customer: 'Cleo',
        email: 'cleo@example.com',
        issue: 'My parcel never came',
        minutesAgo: '',
        actor: ADA,
        now: new Date(),
        ...fields,
      });
      if (added.outcome !== 'added') throw new Error(added.problem);
      return added.id;
    },
    async read(id, withTexts = true) {
      const read = await readTicket(services, { id, withTexts });
      if (!read) throw new Error(`no ticket ${id}`);
      return read;
    },
    list: () => listTickets(services, { filter: 'all', page: 1, withTexts: true, now: new Date() }),
    async audit() {
      const rows = await services.db.prisma.auditEntry.findMany({ orderBy: { id: 'asc' } });
      return rows.map(({ action, target, before, after }) => ({
        action,
        target,
        json: JSON.stringify([before, after]),
      }));
    },
  };
}

/** The simulated Chatwoot over HTTP, and services that speak to it, through `through` if anything stands between. */
export async function startWithChatwoot(
  through: (url: string) => Promise<string> = (url) => Promise.resolve(url),
): Promise<{ chatwoot: Chatwoot; services: TestServices }> {
  const chatwoot = await startChatwoot();
  const services = await createTestServices({
    AGENT_SDK_URL: 'http://127.0.0.1:9',
    CHATWOOT_BASE_URL: await through(chatwoot.url),
    CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
    CHATWOOT_API_TOKEN: chatwoot.apiToken,
  });
  return { chatwoot, services };
}
