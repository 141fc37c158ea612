import { SEVERITY_MEANING } from '../../features/notify/severity.ts';
import { SelectField, TextField } from '../dead-letters/fields.tsx';
import { PostForm } from '../post-form.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { TextArea } from '../text-area.tsx';

/** Opens an incident by hand: for what no rule has noticed. */
export function OpenIncidentForm() {
  return (
    <details className="oc-details">
      <summary>Open an incident by hand</summary>
      <PostForm action="/api/incidents" className="oc-form">
        {(busy) => (
          <>
            <TextField
              label="What is wrong, in one line"
              name="title"
              required
              maxLength={200}
              autoComplete="off"
              placeholder="Customers say that the chat window stays empty"
              wide
            />
            <SelectField label="Severity" name="severity" defaultValue="P1">
              {(['P0', 'P1', 'P2'] as const).map((severity) => (
                <option key={severity} value={severity}>
                  {severity}: {SEVERITY_MEANING[severity]}
                </option>
              ))}
            </SelectField>
            <SelectField label="What it is about" name="cause" defaultValue="">
              <option value="">Something else</option>
              <option value="chatwoot">Chatwoot</option>
              <option value="delivery">Delivery to the Agent service</option>
              <option value="intake">Webhooks from Chatwoot</option>
            </SelectField>
            <TextArea label="What was seen" name="reason" required maxLength={4000} />
            <p className="oc-hint">
              The contacts of the escalation policy are told as for any other incident of this severity.
            </p>
            <SubmitButton look="primary" disabled={busy}>
              Open the incident
            </SubmitButton>
          </>
        )}
      </PostForm>
    </details>
  );
}
