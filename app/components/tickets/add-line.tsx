import { useNavigation } from '@remix-run/react';
import { useEffect, useRef } from 'react';
import { LIMITS } from '../../features/tickets/ticket-input.ts';
import { TextField } from '../dead-letters/fields.tsx';
import { PostForm } from '../post-form.tsx';
import { SubmitButton } from '../submit-button.tsx';

interface AddLineProps {
  /** What was typed and not taken. */
  typed: Record<string, string> | null;
  /** Something was just added: the next one is typed at once. */
  added: boolean;
}

/** A ticket in one line: Tab from field to field, Enter adds it, and the cursor is back in the first. */
export function AddLine({ typed, added }: AddLineProps) {
  const line = useRef<HTMLDivElement>(null);
  const { state } = useNavigation();
  const was = useRef(state);
  useEffect(() => {
    if (added && was.current !== 'idle' && state === 'idle') line.current?.querySelector('input')?.focus();
    was.current = state;
  }, [state, added]);
  const value = (name: string) => typed?.[name];
  return (
    <PostForm action="/tickets" fields={{ do: 'add' }} resets={typed === null} key={JSON.stringify(typed)}>
      {(busy) => (
        <div className="oc-ticket-line" ref={line}>
          <TextField
            label="Customer"
            name="customer"
            required
            maxLength={500}
            autoComplete="off"
            // The one thing that is done here, over and over.
            autoFocus={added || typed !== null}
            placeholder="Name, or Name <address>"
            defaultValue={value('customer')}
          />
          <TextField
            label="E-mail"
            name="email"
            maxLength={LIMITS.email}
            autoComplete="off"
            inputMode="email"
            defaultValue={value('email')}
          />
          <TextField
            label="Issue"
            name="issue"
            required
            maxLength={LIMITS.issue}
            autoComplete="off"
            defaultValue={value('issue')}
            wide
          />
          <TextField
            label="Wrote, minutes ago"
            name="minutesAgo"
            inputMode="decimal"
            autoComplete="off"
            placeholder="now"
            defaultValue={value('minutesAgo')}
          />
          <SubmitButton look="primary" disabled={busy}>
            Add
          </SubmitButton>
        </div>
      )}
    </PostForm>
  );
}
