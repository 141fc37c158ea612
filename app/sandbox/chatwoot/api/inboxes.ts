import { type ApiAnswer, invalid, notFound, ok, SERVER_ERROR, UNAUTHORIZED } from './answer.ts';
import type { ChatwootStore } from '../store/store.ts';
import { closing, type Hours, opening, restInbox, type WorkingDay } from './shapes/inbox.ts';
import type { Agent, Inbox } from '../records.ts';

export interface InboxesApi {
  /** @param id from the path; null for the collection. Null: no such route */
  handle(method: string, id: number | null, body: Record<string, unknown>, caller: Agent): ApiAnswer | null;
  hoursOf(inbox: Inbox): Hours;
}

/** Chatwoot's default: 9 to 17 from Monday to Friday. */
const DEFAULT_WEEK: WorkingDay[] = Array.from({ length: 7 }, (_, day) => {
  const closed = day === 0 || day === 6;
  return {
    day_of_week: day,
    closed_all_day: closed,
    open_all_day: false,
    open_hour: closed ? null : 9,
    open_minutes: closed ? null : 0,
    close_hour: closed ? null : 17,
    close_minutes: closed ? null : 0,
  };
});

/** `/api/v1/accounts/{a}/inboxes`: list, one, a new one of the API channel, and the change of working hours and out-of-office message. */
export function createInboxesApi(
  store: Pick<ChatwootStore, 'inboxes' | 'addApiInbox' | 'maySee' | 'deleteInbox'>,
): InboxesApi {
  const changed = new Map<number, Partial<Hours>>();
  const hoursOf = (inbox: Inbox): Hours => ({
    working_hours_enabled: false,
    out_of_office_message: null,
    timezone: 'UTC',
    working_hours: DEFAULT_WEEK,
    ...changed.get(inbox.id),
  });
  const shown = (inbox: Inbox) => restInbox(inbox, hoursOf(inbox));

  function patch(inbox: Inbox, body: Record<string, unknown>): ApiAnswer {
    const own = hoursOf(inbox);
    const { webhook_url: url } = (body.channel ?? {}) as Record<string, unknown>;
    if (inbox.api && typeof url === 'string') inbox.api.webhookUrl = url;
    if (typeof body.working_hours_enabled === 'boolean')
      own.working_hours_enabled = body.working_hours_enabled;
    if ('out_of_office_message' in body)
      own.out_of_office_message =
        typeof body.out_of_office_message === 'string' ? body.out_of_office_message : null;
    if (inbox.api && isObject(body.channel) && typeof body.channel.webhook_url === 'string')
      inbox.api.webhookUrl = body.channel.webhook_url;
    if (typeof body.name === 'string') inbox.name = body.name;
    if (typeof body.lock_to_single_conversation === 'boolean')
      inbox.lockToSingleConversation = body.lock_to_single_conversation;
    if (typeof body.timezone === 'string') own.timezone = body.timezone;
    if (Array.isArray(body.working_hours)) {
      const days = body.working_hours as WorkingDay[];
      if (days.some(({ day_of_week: day }) => !(day >= 0 && day <= 6))) return SERVER_ERROR;
      if (days.some((day) => day.open_all_day && day.closed_all_day))
        return invalid('open_all_day and closed_all_day cannot be true at the same time', 'base');
      if (days.some(isImpossible))
        return invalid('Working hours closing_time must be greater than open_time', 'working_hours');
      own.working_hours = own.working_hours.map(
        (day) => days.find(({ day_of_week }) => day_of_week === day.day_of_week) ?? day,
      );
    }
    changed.set(inbox.id, own);
    return ok(shown(inbox));
  }

  function create({ name, channel }: Record<string, unknown>): ApiAnswer {
    const { type, webhook_url: url } = (channel ?? {}) as Record<string, unknown>;
    if (type !== 'api' || typeof name !== 'string') return invalid('Channel is invalid', 'channel');
    return ok(shown(store.addApiInbox(name, typeof url === 'string' ? url : '')));
  }

  return {
    handle(method, id, body, caller) {
      if (method !== 'GET' && caller.role !== 'administrator') return UNAUTHORIZED;
      if (id === null && method === 'POST') return create(body);
      const seen = store.inboxes.filter((inbox) => store.maySee(caller, inbox));
      if (id === null) return method === 'GET' ? ok({ payload: seen.map(shown) }) : null;
      const inbox = seen.find((one) => one.id === id);
      if (!inbox) return notFound();
      if (method === 'GET') return ok(shown(inbox));
      if (method === 'DELETE') {
        store.deleteInbox(inbox.id);
        return ok({ message: 'Your inbox deletion request will be processed in some time.' });
      }
      return method === 'PATCH' || method === 'PUT' ? patch(inbox, body) : null;
    },
    hoursOf,
  };
}

/** An ordinary day needs its hours, and must open before it closes; closed or open all day does not. */
const isImpossible = (day: WorkingDay) =>
  !day.closed_all_day &&
  !day.open_all_day &&
  (day.open_hour === null || day.close_hour === null || opening(day) >= closing(day));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
