import { Form } from '@remix-run/react';
import type { ContactsView } from '../../features/incidents/contacts/contacts-view.ts';
import { SelectField } from '../dead-letters/fields.tsx';
import { causeName } from '../incidents/incident-words.ts';
import { Ladder } from '../incidents/ladder.tsx';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';

/** Who would be told when, and why, if an outage began as this page was opened. */
export function Preview({ preview, causes }: { preview: ContactsView['preview']; causes: string[] }) {
  const { severity, cause, acknowledged, ladder } = preview;
  return (
    <Section
      id="preview"
      title="Who would be told when, and why"
      hint="As if the first check had failed when this page was opened. Nobody is told by this."
    >
      <Form method="get" action="/contacts" preventScrollReset className="oc-filters">
        <SelectField label="Severity" name="severity" defaultValue={severity}>
          <option>P0</option>
          <option>P1</option>
          <option>P2</option>
        </SelectField>
        <SelectField label="Outage of" name="cause" defaultValue={cause}>
          {causes.map((one) => (
            <option key={one} value={one}>
              {causeName(one)}
            </option>
          ))}
        </SelectField>
        <label className="oc-check">
          <input type="checkbox" name="acknowledged" value="yes" defaultChecked={acknowledged} />
          Somebody has acknowledged it
        </label>
        <SubmitButton>Preview</SubmitButton>
      </Form>
      <Ladder ladder={ladder} />
    </Section>
  );
}
