import { visible } from '../../lib/visible.ts';

export interface Message {
  text: string;
  /** A customer wrote it; otherwise an agent, a program or nobody knows. */
  byCustomer: boolean;
}

/**
 * What was written, from the payload of a message's event, for people to read; null when it has no text or is cut off.
 * @param payload as the page shows it
 */
export function messageOf(payload: { text: string; cut: boolean } | null): Message | null {
  if (!payload || payload.cut) return null;
  let body: unknown;
  try {
    body = JSON.parse(payload.text);
  } catch {
    return null;
  }
  const { content, message_type: type } = (body ?? {}) as Record<string, unknown>;
  if (typeof content !== 'string' || content.trim() === '') return null;
  const text = content.replaceAll('\r\n', '\n').split('\n').map(visible).join('\n').trim();
  return { text, byCustomer: type === 'incoming' || type === 0 };
}
