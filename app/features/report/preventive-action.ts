import { cleanedText } from './report-content.ts';

/** Runbook section 4, "Preventive actions". */
export const ACTION_KINDS = ['configuration', 'monitoring', 'process', 'runbook'] as const;
type ActionKind = (typeof ACTION_KINDS)[number];

export const ACTION_STATES = ['open', 'done', 'dropped'] as const;
export type ActionState = (typeof ACTION_STATES)[number];

export interface PreventiveAction {
  id: number;
  kind: ActionKind;
  action: string;
  owner: string;
  /** A day, `2026-11-30`. */
  dueOn: string;
  state: ActionState;
  version: number;
}

export type ActionInput = Pick<PreventiveAction, 'kind' | 'action' | 'owner' | 'dueOn'>;

const ACTION_LENGTH = 1000;
const OWNER_LENGTH = 100;

/** @returns the name of the first field that is missing or is none of what it may be */
export function parseActionInput(
  fields: URLSearchParams,
): { ok: true; input: ActionInput } | { ok: false; field: keyof ActionInput } {
  const kind = ACTION_KINDS.find((one) => one === fields.get('kind'));
  const action = cleanedText(fields.get('action') ?? '', ACTION_LENGTH);
  const owner = cleanedText((fields.get('owner') ?? '').replaceAll(/\s+/g, ' '), OWNER_LENGTH);
  const dueOn = fields.get('dueOn') ?? '';
  if (!kind) return { ok: false, field: 'kind' };
  if (!action) return { ok: false, field: 'action' };
  if (!owner) return { ok: false, field: 'owner' };
  if (!isDay(dueOn)) return { ok: false, field: 'dueOn' };
  return { ok: true, input: { kind, action, owner, dueOn } };
}

/** A day that exists, whatever the machine's time zone. */
function isDay(text: string): boolean {
  if (!/^20\d\d-\d\d-\d\d$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00.000Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
