import type { Services } from '../../app/lib/services.server.ts';
import { inTransaction } from '../../app/lib/database/transaction.server.ts';
import { recordAudit, type AuditRecord } from '../../app/features/audit/record-audit.server.ts';
import { person } from '../support/person.ts';

/** Appends rows the way a change does, each in a transaction of its own. */
export async function appendRows(
  services: Services,
  count: number,
  make: (index: number) => Partial<AuditRecord> = () => ({}),
): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await inTransaction(services.db.pool, (client) =>
      recordAudit(client, {
        actor: person('Ada'),
        action: 'contacts.edit',
        target: `thing ${index + 1}`,
        before: { state: 'old' },
        after: { state: 'new' },
        at: new Date(Date.UTC(2026, 10, 23, 8, 0, index)),
        ...make(index),
      }),
    );
}

export const readRows = (services: Services) =>
  services.db.prisma.auditEntry.findMany({ orderBy: { id: 'asc' } });
