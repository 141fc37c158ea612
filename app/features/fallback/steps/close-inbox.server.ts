import { failureWords, type ChatwootAnswer } from '../../../lib/chatwoot/answer.ts';
import type { ChatwootInbox, InboxHours } from '../../../lib/chatwoot/inboxes.server.ts';
import { exactId } from '../../../lib/chatwoot/chatwoot-values.ts';
import type { Services } from '../../../lib/services.server.ts';
import {
  type ClaimedStep,
  NOT_CONNECTED,
  readSaved,
  resultOf,
  saveFound,
  type FallbackStepResult,
} from './claim-step.server.ts';
import { outOfOfficeText } from '../fallback-words.ts';
import { changedHours, sameHours } from './changed-meanwhile.ts';
import { openInboxes } from '../chatwoot-inboxes.server.ts';

/** What was found, and the messages that took its place; runs that began earlier do not have them. */
type SavedInbox = InboxHours & { replacedBy?: string; said?: string[] };

/**
 * Makes an inbox answer with the out-of-office message: the old hours are put down first, then every day is closed. All
 * seven, because Chatwoot asks for today in the inbox's own time zone.
 */
export async function closeInbox(services: Services, step: ClaimedStep): Promise<FallbackStepResult> {
  const chatwoot = openInboxes(services);
  if (!chatwoot) return NOT_CONNECTED;
  const found = await findInbox(services, step);
  if ('outcome' in found) return found;
  const message = step.messages.at(-1) ?? ourMessage(services);
  const saved: SavedInbox = { ...found.hours, replacedBy: message };
  if (step.saved === null && !(await saveFound(services, step, saved)))
    return { outcome: 'cancelled', result: 'Another process took over.' };
  const closed: InboxHours = {
    working_hours_enabled: true,
    out_of_office_message: message,
    working_hours: Array.from({ length: 7 }, (_, day) => closedDay(day)),
  };
  const answer = await setUnlessSet(chatwoot, found, closed);
  if (answer.outcome !== 'ok') return resultOf(answer, 'The inbox was not changed for sure');
  if (answer.value.hours.out_of_office_message !== message)
    return {
      outcome: 'failed',
      result: `Chatwoot took the change but shows another message on "${found.name}".`,
    };
  return {
    outcome: 'done',
    title: `Out-of-office message on "${found.name}"`,
    result: 'Customers who write there get the message, once a day each.',
  };
}

/**
 * Gives an inbox its hours and message back, as they were found: what somebody set meanwhile was for the outage, more often
 * than not, and who meant it to stay reads here what it was.
 */
export async function reopenInbox(services: Services, step: ClaimedStep): Promise<FallbackStepResult> {
  const chatwoot = openInboxes(services);
  if (!chatwoot) return NOT_CONNECTED;
  const saved = (await readSaved(services, step)) as SavedInbox | null;
  if (!saved) return { outcome: 'done', result: 'Nothing to restore: it had not been changed.' };
  const { replacedBy, said = [], ...before } = saved;
  const listed = await chatwoot.listInboxes();
  if (listed.outcome !== 'ok') return resultOf(listed, 'Customers still get the out-of-office message');
  const found = listed.value.find(({ id }) => id === exactId(step.target));
  const answer = found && (await setUnlessSet(chatwoot, found, before));
  if (!answer || answer.outcome === 'not_found')
    return { outcome: 'done', result: 'The inbox does not exist any more: nothing to restore.' };
  if (answer.outcome !== 'ok') return resultOf(answer, 'Customers still get the out-of-office message');
  const ours = [ourMessage(services), ...said, ...(replacedBy === undefined ? [] : [replacedBy])];
  const changed = changedHours(found.hours, { before, ours });
  const back = before.working_hours_enabled
    ? 'Office hours are as they were.'
    : 'Office hours are off, as they were.';
  return {
    outcome: 'done',
    title: `Hours and message of "${answer.value.name}" as before`,
    result: changed
      ? `${back} Somebody had changed ${changed} in Chatwoot meanwhile: it was set back to what was there before fallback mode. Change it again there if it was meant to stay.`
      : back,
  };
}

/** A refusal or a silence may have been obeyed: what is so already is not written again. */
async function setUnlessSet(
  chatwoot: NonNullable<ReturnType<typeof openInboxes>>,
  found: ChatwootInbox,
  wanted: InboxHours,
): Promise<ChatwootAnswer<ChatwootInbox>> {
  return sameHours(found.hours, wanted)
    ? { outcome: 'ok', value: found }
    : chatwoot.setInboxHours(found.id, wanted);
}

function ourMessage({ config }: Services): string {
  const { SUPPORT_FALLBACK_EMAIL: email, SUPPORT_STATUS_PAGE_URL: statusPage = null } = config;
  return outOfOfficeText({ email, statusPage });
}

async function findInbox(services: Services, step: ClaimedStep): Promise<ChatwootInbox | FallbackStepResult> {
  const listed = await openInboxes(services)!.listInboxes();
  if (listed.outcome !== 'ok') return resultOf(listed, 'The inbox is as it was');
  const inbox = listed.value.find(({ id }) => id === exactId(step.target));
  return (
    inbox ?? { outcome: 'failed', result: `${failureWords({ outcome: 'not_found' })}: inbox ${step.target}.` }
  );
}

const closedDay = (day: number) => ({
  day_of_week: day,
  closed_all_day: true,
  open_all_day: false,
  open_hour: null,
  open_minutes: null,
  close_hour: null,
  close_minutes: null,
});
