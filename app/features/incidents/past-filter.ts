import type { Severity } from '../notify/severity.ts';
import { storableText } from '../../lib/storable.ts';

/** Which of the incidents that are over a page shows. */
export interface PastFilter {
  severity: Severity | null;
  cause: string | null;
  /** From 1. */
  page: number;
}

/** Reads `severity`, `cause` and `page` from a page's query; what is not understood is left out. */
export function parsePastFilter(params: URLSearchParams): PastFilter {
  const severity = params.get('severity');
  const page = Number(params.get('page') ?? 1);
  return {
    severity: severity === 'P0' || severity === 'P1' || severity === 'P2' ? severity : null,
    cause: storableText(params.get('cause')?.trim() ?? '', 100) || null,
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}
