import type { Conversation, Inbox } from '../../records.ts';
import { channelOf } from '../../webhooks/payload-parts.ts';

/** An inbox as an administrator sees it. Each channel adds keys of its own. */
export const restInbox = (inbox: Inbox, hours: Hours) => {
  const isWidget = channelOf(inbox) === 'Channel::WebWidget';
  return {
    id: inbox.id,
    avatar_url: '',
    channel_id: inbox.id,
    name: inbox.name,
    channel_type: channelOf(inbox),
    greeting_enabled: inbox.greeting !== undefined,
    greeting_message: inbox.greeting ?? null,
    working_hours_enabled: hours.working_hours_enabled,
    enable_email_collect: true,
    csat_survey_enabled: false,
    csat_config: {},
    enable_auto_assignment: true,
    auto_assignment_config: {},
    out_of_office_message: hours.out_of_office_message,
    working_hours: hours.working_hours,
    timezone: hours.timezone,
    callback_webhook_url: null,
    allow_messages_after_resolved: true,
    lock_to_single_conversation: inbox.lockToSingleConversation ?? false,
    sender_name_type: 'friendly',
    business_name: null,
    allowed_domains: isWidget ? '' : null,
    widget_color: isWidget ? '#1f93ff' : null,
    website_url: isWidget ? 'https://shop.example.com' : null,
    hmac_mandatory: isWidget || inbox.api ? false : null,
    welcome_title: null,
    welcome_tagline: null,
    web_widget_script: isWidget ? '(a script to embed)' : null,
    website_token: isWidget ? 'sandbox-website-token' : null,
    selected_feature_flags: isWidget ? ['attachments', 'emoji_picker', 'end_conversation'] : null,
    reply_time: isWidget ? 'in_a_few_minutes' : null,
    messaging_service_sid: null,
    phone_number: null,
    ...ofChannel(inbox),
    provider: null,
  };
};

function ofChannel(inbox: Inbox) {
  if (inbox.api)
    return {
      hmac_token: inbox.api.hmacToken,
      secret: inbox.api.secret,
      webhook_url: inbox.api.webhookUrl,
      inbox_identifier: inbox.api.identifier,
      additional_attributes: {},
    };
  switch (channelOf(inbox)) {
    case 'Channel::WebWidget':
      return WIDGET;
    case 'Channel::Email':
      return EMAIL;
    default:
      return {};
  }
}

const field = (name: string, type: string, label: string) => ({
  name,
  type,
  label,
  enabled: false,
  required: true,
  field_type: 'standard',
});

const WIDGET = {
  hmac_token: 'sandbox-hmac-token',
  pre_chat_form_enabled: false,
  pre_chat_form_options: {
    pre_chat_fields: [
      field('emailAddress', 'email', 'Email Id'),
      field('fullName', 'text', 'Full name'),
      field('phoneNumber', 'text', 'Phone number'),
    ],
    pre_chat_message: 'Share your queries or comments here.',
  },
  continuity_via_email: true,
};

const EMAIL = {
  email: 'care@example.com',
  forwarding_enabled: true,
  forward_to_email: 'fwd-care@inbound.example.com',
  imap_login: '',
  imap_password: '',
  imap_address: '',
  imap_port: 0,
  imap_enabled: false,
  imap_enable_ssl: true,
  imap_authentication: 'plain',
  smtp_login: '',
  smtp_password: '',
  smtp_address: '',
  smtp_port: 0,
  smtp_enabled: false,
  smtp_domain: '',
  smtp_enable_ssl_tls: false,
  smtp_enable_starttls_auto: true,
  smtp_openssl_verify_mode: 'none',
  smtp_authentication: 'login',
};

export interface WorkingDay {
  /** 0 is Sunday. */
  day_of_week: number;
  closed_all_day: boolean;
  open_all_day: boolean;
  open_hour: number | null;
  open_minutes: number | null;
  close_hour: number | null;
  close_minutes: number | null;
}

export interface Hours {
  working_hours_enabled: boolean;
  out_of_office_message: string | null;
  timezone: string;
  working_hours: WorkingDay[];
}

/** A person who answered this recently is there, whatever the hours say, ms. */
const JUST_ANSWERED_MS = 5 * 60_000;

/**
 * What Chatwoot answers a customer by itself: outside the hours, once a day in each conversation, and not while a person
 * answers. Null: nothing.
 */
export function outOfOfficeReply(hours: Hours, { messages }: Conversation, now: number): string | null {
  if (!hours.working_hours_enabled || !hours.out_of_office_message || !isClosed(hours, now)) return null;
  const today = new Date(now).toISOString().slice(0, 10);
  const answeredToday = messages.some(
    ({ type, createdAt }) => type === 'template' && new Date(createdAt).toISOString().startsWith(today),
  );
  const personIsThere = messages.some(
    (message) =>
      message.type === 'outgoing' &&
      !message.private &&
      message.sender?.kind === 'agent' &&
      now - message.createdAt < JUST_ANSWERED_MS,
  );
  return answeredToday || personIsThere ? null : hours.out_of_office_message;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Judged by today in the inbox's own time zone. */
function isClosed({ timezone, working_hours }: Hours, now: number): boolean {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: string) => parts.find((one) => one.type === type)!.value;
  const day = working_hours.find(({ day_of_week }) => day_of_week === DAYS.indexOf(part('weekday')));
  if (!day || day.closed_all_day) return true;
  if (day.open_all_day) return false;
  const minute = Number(part('hour')) * 60 + Number(part('minute'));
  return minute < opening(day) || minute >= closing(day);
}

export const opening = ({ open_hour, open_minutes }: WorkingDay) =>
  (open_hour ?? 0) * 60 + (open_minutes ?? 0);
export const closing = ({ close_hour, close_minutes }: WorkingDay) =>
  (close_hour ?? 0) * 60 + (close_minutes ?? 0);
