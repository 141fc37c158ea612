import { Form, useNavigation } from '@remix-run/react';
import {
  type ComponentProps,
  createContext,
  useContext,
  useId,
  type InputHTMLAttributes,
  type ReactNode,
} from 'react';
import type { ContactsResult } from '../../../features/incidents/escalation/contacts-view.ts';
import { Problem, SelectField, TextArea, TextField } from '../../forms/form-fields.tsx';

/** What the form that was sent last came to; each form finds its own part by its name. */
export const ResultContext = createContext<ContactsResult | null>(null);

/** The result, if it is that of the form of this name. */
export function useResultOf(form: string): ContactsResult | null {
  const result = useContext(ResultContext);
  return result && 'form' in result && result.form === form ? result : null;
}

/** What was wrong with a form, and what was typed into it. */
export function useProblemOf(form: string) {
  const result = useResultOf(form);
  return result?.outcome === 'problem' ? result : null;
}

const FormContext = createContext('');

interface ContactsFormProps {
  /** What it does, as `changeContactsByForm` knows it. */
  verb: string;
  /** Tells it from the other forms of the page. */
  form: string;
  fields?: Record<string, string | number>;
  className?: string;
  children: (busy: boolean) => ReactNode;
}

/** A form of the page "Contacts": says beside itself what was wrong, and keeps what was typed. */
export function ContactsForm({ verb, form, fields = {}, className, children }: ContactsFormProps) {
  const navigation = useNavigation();
  const problem = useProblemOf(form);
  const busy = navigation.formData?.get('form') === form;
  const hidden = Object.entries({ do: verb, form, ...fields });
  return (
    <FormContext.Provider value={form}>
      <Form method="post" action="/contacts" preventScrollReset className={className}>
        {hidden.map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <Problem>{problem && problem.field === null ? problem.problem : null}</Problem>
        {children(busy)}
      </Form>
    </FormContext.Provider>
  );
}

/** What was wrong with a field, beside it. */
function useField(name: string) {
  const problem = useProblemOf(useContext(FormContext));
  const id = useId();
  const wrong = problem?.field === name ? problem.problem : null;
  return {
    typed: problem?.typed.find(([field]) => field === name)?.[1],
    attributes: wrong ? { 'aria-invalid': true, 'aria-describedby': id } : {},
    message: wrong && (
      <p id={id} role="alert" className="oc-problem">
        {wrong}
      </p>
    ),
  };
}

interface FieldProps {
  label: string;
  name: string;
  hint?: string;
}

export function ContactsText({
  defaultValue,
  ...rest
}: FieldProps & { defaultValue?: string | number; wide?: boolean } & Omit<
    InputHTMLAttributes<HTMLInputElement>,
    'name' | 'defaultValue'
  >) {
  const { typed, attributes, message } = useField(rest.name);
  return (
    <div className="oc-contacts-field">
      <TextField autoComplete="off" defaultValue={typed ?? defaultValue} {...rest} {...attributes} />
      {message}
    </div>
  );
}

export function ContactsArea(props: FieldProps & Omit<ComponentProps<typeof TextArea>, 'name'>) {
  const { typed, attributes, message } = useField(props.name);
  return (
    <div className="oc-contacts-field">
      <TextArea defaultValue={typed} {...props} {...attributes} />
      {message}
    </div>
  );
}

export function ContactsSelect({
  defaultValue,
  children,
  ...rest
}: FieldProps & { defaultValue: string; children: ReactNode }) {
  const { typed, attributes, message } = useField(rest.name);
  return (
    <div className="oc-contacts-field">
      <SelectField defaultValue={typed ?? defaultValue} {...rest} {...attributes}>
        {children}
      </SelectField>
      {message}
    </div>
  );
}

interface ChecksProps {
  legend: string;
  name: string;
  options: readonly { value: string; label: string }[];
  chosen: readonly string[];
}

/** Several of several. */
export function ContactsChecks({ legend, name, options, chosen }: ChecksProps) {
  const problem = useProblemOf(useContext(FormContext));
  const { attributes, message } = useField(name);
  const typed = problem?.typed.filter(([field]) => field === name).map(([, value]) => value);
  return (
    <fieldset className="oc-fieldset oc-contacts-field" {...attributes}>
      <legend>{legend}</legend>
      <div className="oc-row">
        {options.map(({ value, label }) => (
          <label key={value} className="oc-check">
            <input
              type="checkbox"
              name={name}
              value={value}
              defaultChecked={(typed ?? chosen).includes(value)}
            />
            {label}
          </label>
        ))}
      </div>
      {message}
    </fieldset>
  );
}
