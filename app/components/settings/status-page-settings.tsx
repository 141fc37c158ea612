import { Link } from '@remix-run/react';
import type { OpenNotice } from '../../features/status/status-document.ts';
import { Done, Problem, SelectField, TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { BackLink, Page, Section } from '../layout/page.tsx';
import { useMay } from '../layout/person.tsx';
import { Time } from '../time.tsx';
import { ToneWord } from '../tone.tsx';
import { MaintenanceSection, type ShownSeries, type ShownWindow } from './maintenance-section.tsx';
import { SubscribersSection, type SubscribersSectionProps } from './subscribers-section.tsx';

const ACTION = '/status-page';

interface Component {
  id: number;
  name: string;
  about: string;
  position: number;
  health: string[];
  autoPublishMinutes: number | null;
  version: number;
}

interface Part {
  name: string;
  label: string;
}

interface StatusPageSettingsProps {
  at: string;
  page: {
    enabled: boolean;
    title: string;
    contact: string;
    colour: string;
    language: string;
    version: number;
    hasLogo: boolean;
  };
  /** What the environment says: it comes before what is chosen here. */
  setting: string | null;
  on: boolean;
  appUrl: string | null;
  components: Component[];
  parts: Part[];
  /** Outages that customers still see as going on. */
  open: OpenNotice[];
  windows: ShownWindow[];
  series: ShownSeries[];
  subscribers: SubscribersSectionProps;
  saved: boolean;
  problem: string | null;
}

/** What customers see in public: whether, how it looks, which components, and planned maintenance. */
export function StatusPageSettings(props: StatusPageSettingsProps) {
  const { at, page, on, setting, components, parts, windows, saved, problem } = props;
  const mayChange = useMay('settings.manage');
  return (
    <Page at={at}>
      <BackLink to="/settings">Settings</BackLink>
      <h1 className="oc-title">Status page</h1>
      <div>
        <Done text={saved && !problem ? 'Saved. The public page follows within a second.' : null} />
        <Problem>{problem}</Problem>
      </div>
      <Section
        id="public"
        title="What is public"
        hint="A page for customers that needs no sign-in. It names no customer, no colleague and no address of yours, and goes on being shown while the database is away."
      >
        <p className="oc-row">
          <ToneWord tone={on ? 'good' : 'unknown'}>{on ? 'On' : 'Off'}</ToneWord>
          {on && (
            <a href="/status" className="oc-strong-link">
              Open the public page
            </a>
          )}
          {setting !== null && <span className="oc-hint">STATUS_PAGE={setting} decides, not this page.</span>}
        </p>
        {mayChange ? <PageForm {...{ page, setting }} /> : <p className="oc-hint">An admin can change it.</p>}
        {mayChange && <LogoForm hasLogo={page.hasLogo} />}
      </Section>
      <OpenNotices open={props.open} />
      <Section
        id="components"
        title="Components"
        hint="In your customers' words. One is shown as working only while every check that is tied to it passes. A failure is never told by itself unless you allow it here: otherwise a ready draft waits on the incident."
      >
        <ul className="oc-lines">
          {components.map((component) => (
            <li key={`${component.id} ${component.version}`}>
              <p>
                <b>{component.name}</b>: {component.health.map((one) => labelOf(parts, one)).join(', ')}
              </p>
              {mayChange && (
                <details className="oc-details">
                  <summary>Change or remove {component.name}</summary>
                  <ComponentForm component={component} parts={parts} />
                </details>
              )}
            </li>
          ))}
        </ul>
        {mayChange && (
          <details className="oc-details">
            <summary>Add a component</summary>
            <ComponentForm component={null} parts={parts} />
          </details>
        )}
      </Section>
      <MaintenanceSection components={components} windows={windows} series={props.series} />
      <SubscribersSection {...props.subscribers} />
      {on && <Elsewhere base={props.appUrl ?? ''} />}
    </Page>
  );
}

const labelOf = (parts: Part[], name: string) => parts.find((part) => part.name === name)?.label ?? name;

const LANGUAGE_NAMES = { en: 'English', de: 'Deutsch', fr: 'Français', es: 'Español', it: 'Italiano' };

/** Where the environment decides, what was chosen here before stays as it is. */
function PageForm({ page, setting }: Pick<StatusPageSettingsProps, 'page' | 'setting'>) {
  return (
    <PostForm
      action={ACTION}
      fields={{
        do: 'page',
        version: String(page.version),
        ...(setting !== null && page.enabled && { enabled: 'on' }),
      }}
      className="oc-form"
      key={page.version}
    >
      {(busy) => (
        <>
          {setting === null && (
            <label className="oc-check">
              <input type="checkbox" name="enabled" defaultChecked={page.enabled} /> Show the page to
              everybody
            </label>
          )}
          <TextField
            label="Title"
            name="title"
            defaultValue={page.title}
            maxLength={60}
            autoComplete="off"
            hint="Empty: “Support status”, in the page's language."
          />
          <TextField
            label="Contact line"
            name="contact"
            defaultValue={page.contact}
            maxLength={200}
            autoComplete="off"
            wide
            hint="How customers reach you, e.g. “Write to help@example.com”. Addresses become links."
          />
          <TextField label="Colour" name="colour" type="color" defaultValue={page.colour} />
          <SelectField label="Language of its fixed words" name="language" defaultValue={page.language}>
            {Object.entries(LANGUAGE_NAMES).map(([language, name]) => (
              <option key={language} value={language} lang={language}>
                {name}
              </option>
            ))}
          </SelectField>
          <SubmitButton look="primary" disabled={busy}>
            Save
          </SubmitButton>
        </>
      )}
    </PostForm>
  );
}

function LogoForm({ hasLogo }: { hasLogo: boolean }) {
  return (
    <form method="post" action={ACTION} encType="multipart/form-data" className="oc-form">
      <TextField
        label="Logo"
        name="logo"
        type="file"
        accept="image/png,image/jpeg,image/webp,image/gif"
        hint="PNG, JPEG, WebP or GIF, at most 24 KB."
      />
      <SubmitButton>{hasLogo ? 'Replace the logo (no file: remove it)' : 'Save the logo'}</SubmitButton>
    </form>
  );
}

function ComponentForm({ component, parts }: { component: Component | null; parts: Part[] }) {
  const fields: Record<string, string> = component
    ? { component: String(component.id), version: String(component.version) }
    : {};
  return (
    <PostForm action={ACTION} fields={fields} className="oc-form" resets={!component}>
      {(busy) => (
        <>
          <TextField
            label="Name"
            name="name"
            required
            maxLength={60}
            defaultValue={component?.name}
            autoComplete="off"
          />
          <TextField
            label="Place"
            name="position"
            inputMode="numeric"
            maxLength={3}
            defaultValue={component?.position}
            autoComplete="off"
          />
          <TextField
            label="What it is, in a line"
            name="about"
            maxLength={200}
            defaultValue={component?.about}
            autoComplete="off"
            wide
          />
          <fieldset className="oc-field oc-field-wide">
            <legend>Works while these checks pass</legend>
            {parts.map(({ name, label }) => (
              <label key={name} className="oc-check">
                <input
                  type="checkbox"
                  name="health"
                  value={name}
                  defaultChecked={component?.health.includes(name)}
                />{' '}
                {label}
              </label>
            ))}
          </fieldset>
          <TextField
            label="Publish by itself after so many minutes"
            name="minutes"
            inputMode="numeric"
            maxLength={4}
            defaultValue={component?.autoPublishMinutes ?? ''}
            autoComplete="off"
            hint="Of a confirmed outage; 0 is at once. Empty: never."
          />
          <div className="oc-row">
            <SubmitButton name="do" value="component" disabled={busy}>
              {component ? 'Save' : 'Add'}
            </SubmitButton>
            {component && (
              <SubmitButton name="do" value="remove" look="plain" disabled={busy} formNoValidate>
                Remove {component.name}
              </SubmitButton>
            )}
          </div>
        </>
      )}
    </PostForm>
  );
}

function Elsewhere({ base }: { base: string }) {
  return (
    <Section id="elsewhere" title="Elsewhere" hint="The same, for shops, programs and readers of feeds.">
      <p>Notice on your shop's pages, while something is wrong:</p>
      <pre className="oc-pre">{`<script async src="${base}/status/banner.js"></script>`}</pre>
      <p>
        <a href="/api/v2/summary.json">JSON</a>, <a href="/history.atom">Atom</a>,{' '}
        <a href="/history.rss">RSS</a>, <a href="/status/badge.svg">badge</a>
      </p>
    </Section>
  );
}

/** What was published of incidents and not ended. A page of each leads to its next update. */
function OpenNotices({ open }: { open: readonly OpenNotice[] }) {
  const mayRespond = useMay('incidents.respond');
  if (open.length === 0) return null;
  return (
    <Section id="open" title="Outages that are public now">
      <ul className="oc-lines">
        {open.map(({ id, incidentId, title, beganAt }) => (
          <li key={id}>
            <p>
              <b>{title}</b>, since <Time at={beganAt} />
            </p>
            <Link to={`/incidents/${incidentId}${mayRespond ? '/update' : ''}`} className="oc-link">
              {mayRespond ? 'Publish its next update or its end' : 'Its incident'}
              <span className="oc-hidden">: {title}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
