import { PostForm, SubmitButton } from '../forms/post-form.tsx';

/** Makes the next health check due now. */
export function CheckButton({ prominent = false }: { prominent?: boolean }) {
  return (
    <PostForm action="/api/health/check">
      {(busy) => (
        <SubmitButton
          look={prominent ? 'primary' : 'secondary'}
          size={prominent ? 'large' : 'slim'}
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
  title: string;
}

/** Ticks an item with the name of whoever is signed in, and a note if they have one. */
export function TickForm({ gate, incidentId, item, title }: TickFormProps) {
  return (
    <PostForm action="/api/gates/mark" fields={fieldsOf(gate, incidentId, item, 'yes')} className="oc-tick">
      {(busy) => (
        <>
          <input
            name="note"
            maxLength={500}
            autoComplete="off"
            placeholder="Note (optional)"
            aria-label={`Note (optional): ${title}`}
          />
          <SubmitButton size="slim" aria-label={`Done: ${title}`} disabled={busy}>
            Done
          </SubmitButton>
        </>
      )}
    </PostForm>
  );
}

/** Takes a tick back. */
export function UntickForm({ gate, incidentId, item, title }: TickFormProps) {
  return (
    <PostForm action="/api/gates/mark" fields={fieldsOf(gate, incidentId, item, 'no')}>
      {(busy) => (
        <SubmitButton look="plain" size="slim" aria-label={`Take back: ${title}`} disabled={busy}>
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
