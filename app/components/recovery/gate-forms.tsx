import { TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';

/** Makes the next health check due now. */
export function CheckButton({ prominent = false, what }: { prominent?: boolean; what?: string }) {
  return (
    <PostForm action="/api/health/check">
      {(busy) => (
        <SubmitButton
          look={prominent ? 'primary' : 'secondary'}
          size={prominent ? 'large' : 'slim'}
          aria-label={what && `Check now: ${what}`}
          disabled={busy}
        >
          Check now
        </SubmitButton>
      )}
    </PostForm>
  );
}

export function StartCanary({ prominent = false }: { prominent?: boolean }) {
  return (
    <PostForm action="/api/canary">
      {(busy) => (
        <SubmitButton
          look={prominent ? 'primary' : 'secondary'}
          size={prominent ? 'large' : 'medium'}
          disabled={busy}
        >
          Run the canary
        </SubmitButton>
      )}
    </PostForm>
  );
}

interface TickFormProps {
  gate: 'restore' | 'recovery';
  incidentId: number | null;
  item: string;
  /** Title of the item, where several such forms stand below each other. */
  title?: string;
  prominent?: boolean;
}

/** Ticks an item with the name of whoever is signed in, and a note if they have one. */
export function TickForm({ gate, incidentId, item, title, prominent = false }: TickFormProps) {
  return (
    <PostForm action="/api/gates/mark" fields={fieldsOf(gate, incidentId, item, 'yes')} className="oc-tick">
      {(busy) => (
        <>
          <TextField
            label="Note (optional)"
            name="note"
            maxLength={500}
            autoComplete="off"
            aria-label={title && `Note (optional): ${title}`}
          />
          <SubmitButton
            look={prominent ? 'primary' : 'secondary'}
            size={prominent ? 'large' : 'medium'}
            aria-label={title && `Done: ${title}`}
            disabled={busy}
          >
            Done
          </SubmitButton>
        </>
      )}
    </PostForm>
  );
}

/** Takes a tick back. */
export function UntickForm({ gate, incidentId, item, title }: Omit<TickFormProps, 'prominent'>) {
  return (
    <PostForm action="/api/gates/mark" fields={fieldsOf(gate, incidentId, item, 'no')}>
      {(busy) => (
        <SubmitButton look="plain" size="slim" aria-label={`Take back: ${title ?? item}`} disabled={busy}>
          Take back
        </SubmitButton>
      )}
    </PostForm>
  );
}

const fieldsOf = (gate: string, incidentId: number | null, item: string, done: 'yes' | 'no') => ({
  gate,
  item,
  done,
  ...(gate === 'recovery' && { incident: String(incidentId) }),
});
