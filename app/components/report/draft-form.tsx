import { Link, useLocation, useNavigate } from '@remix-run/react';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import {
  cleanedText,
  SECTION_HINTS,
  SECTION_LENGTH,
  SECTION_TITLES,
  type SectionKey,
} from '../../features/report/report-content.ts';
import { partId } from '../../features/report/report-document.ts';
import { afterChange, type ReportNotice } from '../../features/report/report-notices.ts';
import { withNotice } from '../../lib/notice.ts';
import { ANSWERED } from '../forms/after-action.tsx';
import { TextArea } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { usePerson } from '../layout/person.tsx';
import { Moment } from '../time.tsx';
import {
  dropUnsaved,
  keepUnsaved,
  readUnsaved,
  sendDraft,
  type UnsavedDraft,
  unsavedKey,
} from './unsaved-draft.ts';

interface DraftFormProps {
  incidentId: number;
  section: SectionKey;
  version: number;
  /** What is saved. */
  text: string;
  /** What it could say, from the record, where nothing is saved. */
  drafted?: string;
}

/**
 * A section of the report, written where it stands. Text and the version it is based on stay as they were loaded, whatever
 * is read again behind them. What is typed leaves the field, and this tab, only when the app has it.
 */
export function DraftForm({ incidentId, section, version, text, drafted = '' }: DraftFormProps) {
  const action = `/api/incidents/${incidentId}/report/save`;
  const key = unsavedKey(incidentId, usePerson()?.name ?? '', section);
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const { loaded, unsaved, discard } = useUnsaved(key, { version, text }, text || drafted);
  const [isKept, setKept] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);

  function keep({ target }: FormEvent) {
    const typed = (target as HTMLTextAreaElement).value;
    setKept(keepUnsaved(key, { version: loaded.version, text: typed, at: new Date().toISOString() }));
  }

  async function send(event: FormEvent) {
    event.preventDefault();
    setSending(true);
    setProblem(null);
    const sent = await sendDraft(action, event.target as HTMLFormElement);
    window.dispatchEvent(new Event(ANSWERED));
    if ('kept' in sent) {
      dropUnsaved(key);
      const code = `report_${sent.kept}` as const;
      navigate(withNotice<ReportNotice>(pathname + search, { code }, afterChange(code)), {
        preventScrollReset: true,
        state: { edited: section },
      });
      return;
    }
    setSending(false);
    setProblem(sent.problem);
  }

  return (
    <div className="oc-noprint oc-report-edit" onInput={keep} onSubmitCapture={(event) => void send(event)}>
      <div role="status">
        {unsaved && (
          <p className="oc-gap">
            What you wrote until <Moment at={unsaved.at} /> had not been saved: it is back in the field.{' '}
            <button type="button" className="oc-link" onClick={discard}>
              Use what is saved instead
            </button>
          </p>
        )}
      </div>
      <PostForm
        key={unsaved?.at}
        action={action}
        fields={{ version: String(loaded.version) }}
        className="oc-form"
      >
        <TextArea
          label={SECTION_TITLES[section]}
          hint={SECTION_HINTS[section]}
          name={section}
          rows={5}
          maxLength={SECTION_LENGTH}
          defaultValue={loaded.text}
          autoFocus
        />
        <div role="alert">
          {problem && (
            <p className="oc-problem">
              Not saved: {problem} What you wrote stays in the field
              {isKept ? ', and this tab keeps a copy until it is saved.' : '; copy it before you leave.'}
            </p>
          )}
        </div>
        <p className="oc-row">
          <SubmitButton look="primary" disabled={isSending}>
            Save
          </SubmitButton>
          <Link to={pathname} preventScrollReset state={{ edited: section }} onClick={() => dropUnsaved(key)}>
            Cancel
          </Link>
        </p>
      </PostForm>
    </div>
  );
}

/** What the field begins with: what is saved, else a draft, or, when this tab has something that was not saved, that. */
function useUnsaved(key: string, saved: Pick<UnsavedDraft, 'version' | 'text'>, initial: string) {
  const [begun, setBegun] = useState({ ...saved, text: initial });
  const [unsaved, setUnsaved] = useState<UnsavedDraft | null>(null);
  // When the field begins; afterwards what is typed is in it.
  useEffect(() => {
    const kept = readUnsaved(key);
    if (!kept) return;
    if (cleanedText(kept.text, SECTION_LENGTH) !== begun.text) setUnsaved(kept);
    else dropUnsaved(key);
  }, [key, begun]);
  function discard() {
    dropUnsaved(key);
    setBegun({ ...saved, text: initial });
    setUnsaved(null);
  }
  return { loaded: unsaved ?? begun, unsaved, discard };
}

interface EditLinkProps {
  incidentId: number;
  part: SectionKey | 'actions';
  label: string;
  /** Whom it names for those who do not see what it stands beside. */
  title: string;
}

/** The way to the form of a part; it takes the focus when the form has closed, and says when something was not saved. */
export function EditLink({ incidentId, part, label, title }: EditLinkProps) {
  const edited = (useLocation().state as { edited?: string } | null)?.edited;
  const person = usePerson()?.name ?? '';
  const link = useRef<HTMLAnchorElement>(null);
  const [unsaved, setUnsaved] = useState(false);
  useEffect(() => {
    if (part !== 'actions') setUnsaved(readUnsaved(unsavedKey(incidentId, person, part)) !== null);
  }, [incidentId, person, part]);
  useEffect(() => {
    if (edited === part) link.current?.focus();
  }, [edited, part]);
  return (
    <Link
      ref={link}
      to={`?edit=${part}#${partId(part)}`}
      preventScrollReset
      className="oc-link oc-noprint"
      aria-label={`${unsaved ? 'Go on with what you wrote' : label}: ${title}`}
    >
      {unsaved ? 'Go on with what you wrote' : label}
    </Link>
  );
}
