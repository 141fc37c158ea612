import type { Services } from '../../lib/services.server.ts';

/** Alert rules with an incident that fire now: a reason to switch fallback mode on. */
export async function readFiring({ db }: Services): Promise<{ rule: string; words: string }[]> {
  const alerts = await db.prisma.alert.findMany({
    where: { state: 'firing', severity: { in: ['P0', 'P1'] } },
    orderBy: [{ severity: 'asc' }, { since: 'asc' }],
  });
  return alerts.map(({ rule, words }) => ({ rule, words }));
}
