import { useNavigation } from '@remix-run/react';
import { useEffect, useRef, useState } from 'react';
import {
  SECTION_HINTS,
  SECTION_KEYS,
  SECTION_LENGTH,
  SECTION_TITLES,
  type ReportContent,
} from '../../features/report/report-content.ts';
import { PostForm } from '../post-form.tsx';
import { Section } from '../section.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { TextArea } from '../text-area.tsx';

interface DraftFormProps {
  incidentId: number;
  version: number;
  content: ReportContent;
}

/**
 * What people write. The fields and the version they are based on stay as they were loaded, whatever is read again behind
 * them; only one's own save begins anew.
 */
export function DraftForm(props: DraftFormProps) {
  const action = `/api/incidents/${props.incidentId}/report/save`;
  const saving = useNavigation().formAction === action;
  const wasSaving = useRef(false);
  const [saves, setSaves] = useState(0);
  useEffect(() => {
    if (wasSaving.current && !saving) setSaves((n) => n + 1);
    wasSaving.current = saving;
  }, [saving]);
  return (
    <Section
      id="write"
      title="What people write"
      hint="Plain text. Every save is kept as a version, with your name. Nobody's text is overwritten unseen."
    >
      <Fields key={saves} {...props} action={action} />
    </Section>
  );
}

function Fields({ version, content, action }: DraftFormProps & { action: string }) {
  const [loaded] = useState({ version, content });
  return (
    <PostForm action={action} fields={{ version: String(loaded.version) }} className="oc-form oc-report-form">
      {(busy) => (
        <>
          {SECTION_KEYS.map((key) => (
            <TextArea
              key={key}
              label={SECTION_TITLES[key]}
              hint={SECTION_HINTS[key]}
              name={key}
              rows={4}
              maxLength={SECTION_LENGTH}
              defaultValue={loaded.content[key]}
            />
          ))}
          <SubmitButton look="primary" disabled={busy}>
            Save
          </SubmitButton>
        </>
      )}
    </PostForm>
  );
}
