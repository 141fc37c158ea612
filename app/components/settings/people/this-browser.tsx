import { Form } from '@remix-run/react';
import { useId } from 'react';
import { type Theme, THEMES } from '../../../lib/browser-choices.ts';
import { SelectField, TextField } from '../../forms/form-fields.tsx';
import { SubmitButton } from '../../forms/post-form.tsx';
import { Section } from '../../layout/section.tsx';
import { useChoices, useHydrated } from '../../layout/browser.ts';
import { useZone } from '../../time.tsx';

const THEME_WORDS: Record<Theme, string> = { system: 'As the system', light: 'Light', dark: 'Dark' };

/** What is chosen for this browser alone, because another one stands in another room, or another country. */
export function ThisBrowser() {
  const { theme, zone, browserZone, stepsAway } = useChoices();
  const zones = useId();
  const read = useZone();
  // A browser may know other names than the server.
  const names = useHydrated() ? ['UTC', ...Intl.supportedValuesOf('timeZone')] : [];
  return (
    <Section
      id="browser"
      title="This browser"
      hint="Kept in this browser only. Exports and the incident report keep to UTC, and every time shows UTC when you point at it."
    >
      <Form method="post" action="/account" className="oc-form">
        <input type="hidden" name="do" value="browser" />
        <SelectField label="Theme" name="theme" defaultValue={theme} key={theme}>
          {THEMES.map((one) => (
            <option key={one} value={one}>
              {THEME_WORDS[one]}
            </option>
          ))}
        </SelectField>
        <TextField
          key={zone}
          label="Time zone"
          name="zone"
          defaultValue={zone ?? ''}
          placeholder={browserZone ?? (zone === null ? read : undefined)}
          list={zones}
          maxLength={64}
          autoComplete="off"
          hint="Empty: the browser's. Or UTC, or a name such as Europe/Berlin."
        />
        <datalist id={zones}>
          {names.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <SubmitButton>Keep</SubmitButton>
      </Form>
      {stepsAway && (
        <Form method="post" action="/account">
          <input type="hidden" name="do" value="first-steps" />
          <SubmitButton>Show the first steps on Now again</SubmitButton>
        </Form>
      )}
    </Section>
  );
}
