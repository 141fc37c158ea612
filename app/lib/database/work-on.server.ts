import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from '../../generated/prisma/client.ts';

/** A pool, for statements written by hand and by Prisma. */
export interface Work {
  readonly pool: pg.Pool;
  readonly prisma: PrismaClient;
  stop(): Promise<void>;
}

/** Prisma's client is made when it is first asked for: that takes 10 to 30 ms, and few parts use it. */
export function workOn(pool: pg.Pool): Work {
  let prisma: PrismaClient | undefined;
  return {
    pool,
    get prisma() {
      return (prisma ??= new PrismaClient({ adapter: new PrismaPg(pool) }));
    },
    async stop() {
      await prisma?.$disconnect();
      await pool.end();
    },
  };
}
