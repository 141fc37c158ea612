import { Form, useNavigate } from '@remix-run/react';
import { useState } from 'react';
import { mailLink } from '../../features/tickets/fill-template.ts';
import { TICKET_LIMITS, type TicketView } from '../../features/tickets/ticket-view.ts';
import { SelectField, TextArea, TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { Section } from '../layout/page.tsx';

interface AnswerFormProps {
  ticket: TicketView;
  templates: { id: number; name: string }[];
  templateId: number | null;
  draft: { subject: string; body: string };
  mailId: string;
  canSend: boolean;
  /** What was typed and not taken. */
  typed: Record<string, string> | null;
}

/** An answer to the customer: from a template, then by copy, in one's own mail program, or sent from here. */
export function AnswerForm({
  ticket,
  templates,
  templateId,
  draft,
  mailId,
  canSend,
  typed,
}: AnswerFormProps) {
  const navigate = useNavigate();
  const [mail, setMail] = useState({
    subject: typed?.subject ?? draft.subject,
    body: typed?.text ?? draft.body,
  });
  const [copied, setCopied] = useState(false);
  const link = ticket.email ? mailLink({ to: ticket.email, ...mail }) : null;
  return (
    <Section id="answer" title="Answer the customer">
      <Form
        method="get"
        className="oc-filters"
        onChange={(event) => {
          const { value } = event.target as unknown as HTMLSelectElement;
          void navigate(`?template=${value}`, { preventScrollReset: true });
        }}
      >
        <SelectField label="Begin with a template" name="template" defaultValue={templateId ?? ''}>
          <option value="">None</option>
          {templates.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
        <noscript>
          <SubmitButton>Take it</SubmitButton>
        </noscript>
      </Form>
      <PostForm action={`/tickets/${ticket.id}`} fields={{ mailId }} className="oc-form oc-ticket-answer">
        {(busy) => (
          <>
            <TextField
              label="Subject"
              name="subject"
              maxLength={200}
              required
              autoComplete="off"
              defaultValue={mail.subject}
              onChange={({ target }) => setMail({ ...mail, subject: target.value })}
            />
            <TextArea
              label="Text"
              name="text"
              rows={9}
              required
              maxLength={TICKET_LIMITS.text}
              defaultValue={mail.body}
              onChange={({ target }) => setMail({ ...mail, body: target.value })}
            />
            <div className="oc-row">
              {canSend && ticket.email && (
                <SubmitButton look="primary" name="do" value="send" disabled={busy}>
                  {`Send to ${ticket.email}`}
                </SubmitButton>
              )}
              {link && (
                <a href={link.href} className="oc-strong-link">
                  Open in my mail program
                </a>
              )}
              <button
                type="button"
                className="oc-plain-button oc-js"
                onClick={() => {
                  void navigator.clipboard.writeText(mail.body).then(
                    () => setCopied(true),
                    () => undefined,
                  );
                }}
              >
                {copied ? 'Copied' : 'Copy the text'}
              </button>
              <SubmitButton name="do" value="reply" disabled={busy}>
                I have sent it myself
              </SubmitButton>
            </div>
            <p className="oc-hint">
              {hintOf({ canSend, hasEmail: ticket.email !== null, whole: link?.whole ?? true })}
            </p>
          </>
        )}
      </PostForm>
    </Section>
  );
}

function hintOf({
  canSend,
  hasEmail,
  whole,
}: {
  canSend: boolean;
  hasEmail: boolean;
  whole: boolean;
}): string {
  const own = 'When you have answered from your own mail program, say so: that stops the clock.';
  if (!hasEmail) return `This ticket has no e-mail address. ${own}`;
  const short = whole ? '' : ' The text is too long for a link: copy it into your mail program.';
  return canSend
    ? own + short
    : `SMTP_URL and SMTP_FROM are not set, so this app cannot send it. ${own}${short}`;
}
