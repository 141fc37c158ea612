import type { Figures } from './figures.ts';
import type { Verdict } from './overview.ts';
import { VERDICT_RULES } from './verdict-rules.ts';

/**
 * The one sentence on top of the page. The rules stand in order of priority; the first critical one that applies
 * wins, else the first that applies, so that a worry further up never hides an outage further down.
 * @param figures what was measured; the sentence claims nothing else
 */
export function decideVerdict(figures: Figures, now: Date): Verdict {
  const verdicts = VERDICT_RULES.map((rule) => rule(figures, now)).filter((verdict) => verdict !== null);
  const chosen = verdicts.find((verdict) => verdict.tone === 'critical') ?? verdicts[0];
  if (!chosen) throw new Error('No rule gave a verdict: the last one always does.');
  return chosen;
}
