/** Which release of Chatwoot is simulated; it may change while it runs, as by an upgrade. */
export interface Version {
  text(): string;
  set(version: string): void;
  /** @param release e.g. `4.12.0` */
  atLeast(release: string): boolean;
}

export function createVersion(initial: string): Version {
  let current = initial;
  return {
    text: () => current,
    set(version) {
      current = version;
    },
    atLeast: (release) => compare(current, release) >= 0,
  };
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

type Fields = Record<string, unknown>;

/** Later releases name who did it in messages' and conversations' webhooks; null where nobody is named. */
export function withPerformer<T extends Fields & { event: string }>(version: Version, payload: T): T {
  if (!version.atLeast('4.18.0') || !/^(message|conversation)_/.test(payload.event)) return payload;
  const { id, type = 'contact' } = (payload.sender ?? {}) as Fields;
  return { ...payload, performed_by: id === undefined ? null : { type, id } };
}

/**
 * A payload or answer as that release writes it: what is newer is left out. Builders write the newest shape.
 * 3.16.0 and 4.2.0 as recorded; 4.8 (bots as assignees) and 4.14.2 (account) by the change log.
 */
export function asOf<T>(version: Version, value: T): T {
  if (version.atLeast('4.14.2')) return value;
  return withoutNewer(version, value) as T;
}

function withoutNewer(version: Version, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutNewer(version, one));
  if (typeof value !== 'object' || value === null) return value;
  const isConversation = 'can_reply' in value;
  const kept = Object.entries(value as Fields).filter(([key]) => {
    if (key === 'blocked') return version.atLeast('4.0.0');
    if (key === 'assignee_type') return version.atLeast('4.8.0');
    if (isConversation && key === 'updated_at') return version.atLeast('4.0.0');
    return !(isConversation && key === 'account');
  });
  // What customers and clients wrote themselves is nobody's to change.
  const inside = ([key, one]: [string, unknown]): [string, unknown] =>
    key.endsWith('_attributes') ? [key, one] : [key, withoutNewer(version, one)];
  return Object.fromEntries(kept.map(inside));
}

/** Events that webhooks can subscribe to. 3.16.0 knows 8 of them, 4.2.0 10. */
export function subscribableEvents(version: Version): readonly string[] {
  return SUBSCRIBABLE_EVENTS.filter((event) => {
    if (event.startsWith('conversation_typing_')) return version.atLeast('4.2.0');
    return !event.startsWith('inbox_') || version.atLeast('4.3.0');
  });
}

export const SUBSCRIBABLE_EVENTS = [
  'conversation_created',
  'conversation_status_changed',
  'conversation_updated',
  'message_created',
  'message_updated',
  'contact_created',
  'contact_updated',
  'webwidget_triggered',
  'conversation_typing_on',
  'conversation_typing_off',
  'inbox_created',
  'inbox_updated',
] as const;
