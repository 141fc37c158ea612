import { useSearchParams } from '@remix-run/react';
import { MERGE_FIELDS } from '../../features/tickets/fill-template.ts';
import { ticketNotice } from '../../features/tickets/ticket-words.ts';
import type { TemplateView } from '../../features/tickets/ticket-view.ts';
import { CopyText, Done, Problem, TextArea, TextField } from '../forms/form-fields.tsx';
import { BackLink, Page, Section } from '../layout/page.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { Time } from '../time.tsx';

interface Typed {
  id: number | null;
  name: string;
  subject: string;
  body: string;
}

export interface TemplatesPageProps {
  at: string;
  templates: TemplateView[];
  mayChange: boolean;
  result: { problem: string; typed: Typed } | null;
}

/** Texts for common answers; everybody copies them, admins change them. */
export function TemplatesPage({ at, templates, mayChange, result }: TemplatesPageProps) {
  const [params] = useSearchParams();
  return (
    <Page at={at}>
      <BackLink to="/tickets">All tickets</BackLink>
      <h1 className="oc-title">Templates for answers</h1>
      <div>
        <Done text={result ? null : ticketNotice(params)} />
        <Problem>{result?.problem}</Problem>
      </div>
      <Section id="fields" title="Fields" hint="They are filled in when an answer begins with the template.">
        <dl className="oc-ticket-fields">
          {Object.entries(MERGE_FIELDS).map(([name, words]) => (
            <div key={name}>
              <dt>
                <code>{`{{${name}}}`}</code>
              </dt>
              <dd>{words}</dd>
            </div>
          ))}
        </dl>
      </Section>
      {templates.map((template) => (
        <Section
          key={template.id}
          id={`template-${template.id}`}
          title={template.name}
          hint={
            <>
              Changed <Time at={template.changedAt} /> by {template.changedBy}.
            </>
          }
        >
          {mayChange ? (
            <TemplateForm
              template={template}
              typed={result?.typed.id === template.id ? result.typed : null}
              key={template.version}
            />
          ) : (
            <CopyText label={template.subject} text={template.body} />
          )}
        </Section>
      ))}
      {mayChange && (
        <Section id="new" title="Another template">
          <TemplateForm
            template={null}
            typed={result && result.typed.id === null ? result.typed : null}
            key={`new-${templates.length}`}
          />
        </Section>
      )}
    </Page>
  );
}

function TemplateForm({ template, typed }: { template: TemplateView | null; typed: Typed | null }) {
  const shown = typed ?? template;
  const fields: Record<string, string> = template
    ? { template: String(template.id), version: String(template.version) }
    : {};
  return (
    <PostForm action="/tickets/templates" fields={fields} className="oc-form">
      {(busy) => (
        <>
          <TextField
            label="Name"
            name="name"
            required
            maxLength={80}
            autoComplete="off"
            defaultValue={shown?.name}
          />
          <TextField
            label="Subject"
            name="subject"
            required
            maxLength={200}
            autoComplete="off"
            defaultValue={shown?.subject}
          />
          <TextArea
            label="Text"
            name="body"
            required
            rows={6}
            maxLength={10_000}
            defaultValue={shown?.body}
          />
          <div className="oc-row">
            <SubmitButton name="do" value="save" look={template ? 'secondary' : 'primary'} disabled={busy}>
              {template ? 'Save' : 'Add'}
            </SubmitButton>
            {template && (
              <SubmitButton name="do" value="remove" look="plain" disabled={busy} formNoValidate>
                Remove
              </SubmitButton>
            )}
          </div>
        </>
      )}
    </PostForm>
  );
}
