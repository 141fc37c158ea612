import type { Services } from '../../lib/services.server.ts';
import type { TemplateView } from './ticket-view.ts';

/** Texts for common answers, by name. */
export async function listTemplates({ db }: Services): Promise<TemplateView[]> {
  const rows = await db.prisma.replyTemplate.findMany({
    where: { removedAt: null },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  });
  return rows.map(({ id, name, subject, body, version, changedBy, changedAt }) => ({
    id: Number(id),
    name,
    subject,
    body,
    version,
    changedBy,
    changedAt: changedAt.toISOString(),
  }));
}
