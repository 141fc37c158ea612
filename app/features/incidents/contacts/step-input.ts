import type { Severity } from '../../notify/severity.ts';
import { readRole } from './contact-input.ts';
import { lineOf, wrong, type Read } from './fields.ts';

/** A step of the escalation policy as people edit it. */
export interface StepInput {
  role: string;
  afterMinutes: number;
  severities: Severity[];
  /** Empty: whatever the cause. */
  causes: string[];
  hosting: 'self_hosted' | 'saas' | null;
  whenAcknowledged: boolean;
  reason: string;
}

const SEVERITIES: readonly Severity[] = ['P0', 'P1', 'P2'];
const LONGEST_REASON = 200;
/** A week: as the database has it. */
const LONGEST_MINUTES = 10_080;

export function readStep(fields: URLSearchParams): Read<StepInput> {
  const role = readRole(fields);
  if (!role.ok) return role;
  const minutes = lineOf(fields.get('after_minutes'));
  if (!/^\d{1,5}$/.test(minutes) || Number(minutes) > LONGEST_MINUTES)
    return wrong('after_minutes', `Give whole minutes from 0 to ${LONGEST_MINUTES}, which is a week.`);
  const severities = SEVERITIES.filter((severity) => fields.getAll('severity').includes(severity));
  if (severities.length === 0) return wrong('severity', 'Choose at least one severity.');
  const causes = [...new Set(fields.getAll('cause'))].slice(0, 50);
  if (causes.some((cause) => !/^[a-z_]{1,40}(:[\w .-]{1,60})?$/.test(cause)))
    return wrong('cause', 'Choose causes from the list.');
  const hosting = fields.get('hosting') ?? '';
  if (hosting !== '' && hosting !== 'self_hosted' && hosting !== 'saas')
    return wrong('hosting', 'Choose where Chatwoot runs, or that it does not matter.');
  const reason = lineOf(fields.get('reason'));
  if (!reason) return wrong('reason', 'Say why, in a few words: it stands in the message.');
  if (reason.length > LONGEST_REASON)
    return wrong('reason', `A reason has at most ${LONGEST_REASON} characters.`);
  return {
    ok: true,
    value: {
      role: role.value,
      afterMinutes: Number(minutes),
      severities,
      causes,
      hosting: hosting === '' ? null : hosting,
      whenAcknowledged: fields.get('when_acknowledged') === 'yes',
      reason,
    },
  };
}
