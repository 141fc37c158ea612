import { SCENARIOS, type Scenario } from './scenarios.ts';

/** What whoever begins a drill chooses. */
export interface DrillWishes {
  scenario: Scenario;
  /** 1 to 60. */
  speed: number;
  notify: 'marked' | 'simulated';
  /** Drill minutes after which it repairs itself, 1 to 240; null: a person does. */
  repairAfter: number | null;
}

/** The fields of the form; null: not understood. */
export function drillWishes(fields: URLSearchParams): DrillWishes | null {
  const scenario = SCENARIOS.find((one) => one === fields.get('scenario'));
  const speed = Number(fields.get('speed') ?? NaN);
  const notify = (['marked', 'simulated'] as const).find((one) => one === fields.get('notify'));
  const repair = fields.get('repair_after')?.trim() ?? '';
  const repairAfter = repair === '' ? null : Number(repair);
  const isUnderstood =
    Number.isFinite(speed) &&
    speed >= 1 &&
    speed <= 60 &&
    (repairAfter === null || (Number.isInteger(repairAfter) && repairAfter >= 1 && repairAfter <= 240));
  return scenario && notify && isUnderstood ? { scenario, speed, notify, repairAfter } : null;
}
