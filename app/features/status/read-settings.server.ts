import type pg from 'pg';
import { type Language, LANGUAGES } from './status-document.ts';

type Db = pg.Pool | pg.PoolClient;

/** How the public page looks, as it is stored. */
export interface PageRow {
  enabled: boolean;
  title: string;
  contact: string;
  colour: string;
  language: Language;
  logo: { type: string; bytes: Buffer } | null;
  version: number;
  changedBy: string | null;
  changedAt: Date | null;
}

export async function readPage(db: Db): Promise<PageRow> {
  const { rows } = await db.query<
    Omit<PageRow, 'logo' | 'language'> & { language: string; logo: Buffer | null; logoType: string | null }
  >(
    `SELECT enabled, title, contact, colour, language, logo, logo_type AS "logoType", version, changed_by AS "changedBy",
       changed_at AS "changedAt" FROM status_page`,
  );
  const { logo, logoType, language, ...page } = rows[0]!;
  return {
    ...page,
    language: LANGUAGES.find((known) => known === language) ?? 'en',
    logo: logo && { type: logoType ?? 'image/png', bytes: logo },
  };
}

/** A component of the public page, as it is stored. */
export interface ComponentRow {
  id: number;
  name: string;
  about: string;
  position: number;
  /** Names of health components. */
  health: string[];
  /** null: nothing of it is published by itself. */
  autoPublishMinutes: number | null;
  createdAt: Date;
  version: number;
}

/** Components in their order. */
export async function readStatusComponents(db: Db): Promise<ComponentRow[]> {
  const { rows } = await db.query<ComponentRow>(
    `SELECT id, name, about, position, health, auto_publish_minutes AS "autoPublishMinutes", created_at AS "createdAt", version
     FROM status_components WHERE removed_at IS NULL ORDER BY position, id`,
  );
  return rows;
}
