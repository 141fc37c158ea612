import { useLocation, useNavigate, useNavigation } from '@remix-run/react';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import {
  differing,
  parseContent,
  SECTION_HINTS,
  SECTION_KEYS,
  SECTION_LENGTH,
  SECTION_TITLES,
  type ReportContent,
} from '../../features/report/report-content.ts';
import { AFTER_CHANGE, type ReportNotice } from '../../features/report/report-notices.ts';
import { usePerson } from '../layout/person.tsx';
import { Moment } from '../time.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { Section } from '../layout/section.tsx';
import { TextArea } from '../forms/form-fields.tsx';
import {
  dropUnsaved,
  keepUnsaved,
  readUnsaved,
  sendDraft,
  type SentDraft,
  type UnsavedDraft,
  unsavedKey,
} from './unsaved-draft.ts';
import { withNotice } from '../../lib/notice.ts';

interface DraftFormProps {
  incidentId: number;
  version: number;
  content: ReportContent;
}

/**
 * What people write. The fields and the version they are based on stay as they were loaded, whatever is read again behind
 * them; only one's own save begins anew. What is typed leaves the fields, and this tab, only when the app has it.
 */
export function DraftForm(props: DraftFormProps) {
  const { state } = useNavigation();
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const [saves, setSaves] = useState(0);
  const step = useRef<'none' | 'saved' | 'reading'>('none');
  useEffect(() => {
    if (step.current === 'saved' && state === 'loading') step.current = 'reading';
    if (step.current !== 'reading' || state !== 'idle') return;
    step.current = 'none';
    setSaves((n) => n + 1);
  }, [state]);
  function saved({ kept }: Extract<SentDraft, { kept: string }>) {
    step.current = 'saved';
    navigate(withNotice<ReportNotice>(pathname + search, { code: `report_${kept}` }, AFTER_CHANGE), {
      preventScrollReset: true,
    });
  }
  return (
    <Section
      id="write"
      title="What people write"
      hint="Plain text. Every save is kept as a version, with your name. Nobody's text is overwritten unseen."
    >
      <Fields key={saves} {...props} onSaved={saved} />
    </Section>
  );
}

interface FieldsProps extends DraftFormProps {
  onSaved: (sent: Extract<SentDraft, { kept: string }>) => void;
}

function Fields({ incidentId, version, content, onSaved }: FieldsProps) {
  const action = `/api/incidents/${incidentId}/report/save`;
  const key = unsavedKey(incidentId, usePerson()?.name ?? '');
  const { loaded, unsaved, discard } = useUnsaved(key, { version, content });
  const [isKept, setKept] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);

  function keep({ target }: FormEvent) {
    const { form } = target as HTMLTextAreaElement;
    if (!form) return;
    const typed = Object.fromEntries(
      SECTION_KEYS.map((name) => [name, (form.elements.namedItem(name) as HTMLTextAreaElement).value]),
    ) as ReportContent;
    setKept(keepUnsaved(key, { version: loaded.version, content: typed, at: new Date().toISOString() }));
  }

  async function send(event: FormEvent) {
    event.preventDefault();
    setSending(true);
    setProblem(null);
    const sent = await sendDraft(action, event.target as HTMLFormElement);
    if ('kept' in sent) {
      dropUnsaved(key);
      onSaved(sent);
      return;
    }
    setSending(false);
    setProblem(sent.problem);
  }

  return (
    <div onInput={keep} onSubmitCapture={(event) => void send(event)}>
      <div role="status">
        {unsaved && (
          <p className="oc-gap">
            What you wrote until <Moment at={unsaved.at} /> had not been saved: it is back in the fields.{' '}
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
        className="oc-form oc-report-form"
      >
        {SECTION_KEYS.map((name) => (
          <TextArea
            key={name}
            label={SECTION_TITLES[name]}
            hint={SECTION_HINTS[name]}
            name={name}
            rows={4}
            maxLength={SECTION_LENGTH}
            defaultValue={loaded.content[name]}
          />
        ))}
        <div role="alert">
          {problem && (
            <p className="oc-problem">
              Not saved: {problem} What you wrote stays in the fields
              {isKept ? ', and this tab keeps a copy until it is saved.' : '; copy it before you leave.'}
            </p>
          )}
        </div>
        <SubmitButton look="primary" disabled={isSending}>
          Save
        </SubmitButton>
      </PostForm>
    </div>
  );
}

/** What the fields begin with: what is saved, or, when this tab has something that was not, that. */
function useUnsaved(key: string, saved: Pick<UnsavedDraft, 'version' | 'content'>) {
  const [begun, setBegun] = useState(saved);
  const [unsaved, setUnsaved] = useState<UnsavedDraft | null>(null);
  // When the fields begin; afterwards what is typed is in them.
  useEffect(() => {
    const kept = readUnsaved(key);
    if (!kept) return;
    const cleaned = parseContent(new URLSearchParams(kept.content));
    if (differing(cleaned, begun.content).length > 0) setUnsaved(kept);
    else dropUnsaved(key);
  }, [key, begun]);
  function discard() {
    dropUnsaved(key);
    setBegun(saved);
    setUnsaved(null);
  }
  return { loaded: unsaved ?? begun, unsaved, discard };
}
