import type { Services } from '../../lib/services.server.ts';
import type { FallbackState } from './fallback-view.ts';
import { readFallbackState } from './fallback.view.server.ts';

/** For the banner: null when it is off, or cannot be read now, which is no reason to refuse a page. */
export async function readFallbackBanner(services: Services): Promise<FallbackState | null> {
  if (services.db.status().state !== 'up') return null;
  const state = await readFallbackState(services).catch(() => null);
  return state?.state === 'on' ? state : null;
}
