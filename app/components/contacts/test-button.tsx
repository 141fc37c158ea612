import { SubmitButton } from '../submit-button.tsx';
import { ToneWord } from '../tone.tsx';
import { ContactsForm, useResultOf } from './contacts-form.tsx';

interface TestButtonProps {
  form: string;
  fields: Record<string, string | number>;
  /** Which channel, for those who do not see what it stands beside. */
  label: string;
}

/** Sends a test, and says what the other side answered. */
export function TestButton({ form, fields, label }: TestButtonProps) {
  const result = useResultOf(form);
  return (
    <>
      <ContactsForm verb="test" form={form} fields={fields}>
        {(busy) => (
          <SubmitButton size="slim" disabled={busy} aria-label={`Send a test: ${label}`}>
            {busy ? 'Sending …' : 'Send a test'}
          </SubmitButton>
        )}
      </ContactsForm>
      <div role="status" className="oc-test-answer">
        {result?.outcome === 'tested' && (
          <p>
            <ToneWord tone={result.accepted ? 'good' : 'critical'}>
              {result.accepted ? 'Accepted' : 'Not accepted'}
            </ToneWord>{' '}
            Answer: {result.answer || 'nothing'}
          </p>
        )}
      </div>
    </>
  );
}
