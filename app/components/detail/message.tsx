import { Section } from '../section.tsx';
import type { Detail } from './detail.ts';
import { messageOf } from './message-of.ts';

/** The words that somebody waits for an answer to; the payload below has them too, among everything else. */
export function Message({ detail }: { detail: Detail }) {
  const message = messageOf(detail.payload);
  if (!message) return null;
  return (
    <Section id="message" title={message.byCustomer ? 'What the customer wrote' : 'What was written'}>
      <blockquote className="oc-message" dir="auto" tabIndex={0}>
        {message.text}
      </blockquote>
    </Section>
  );
}
