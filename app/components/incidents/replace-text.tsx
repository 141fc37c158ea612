import type { PublicNotice } from '../../features/status/status-document.ts';
import { EN } from '../../features/status/words/en.ts';
import { TextArea } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { Time } from '../time.tsx';

/** A published update, with what it said before, oldest first. */
export type PublishedUpdate = PublicNotice['updates'][number] & {
  earlier: { text: string; until: string; by: string }[];
};

/** A mistake in what was published is mended in place; what it said before stays on record. */
export function ReplaceText({
  incidentId,
  update: { id, state, text, earlier },
}: {
  incidentId: number;
  update: PublishedUpdate;
}) {
  return (
    <>
      <details className="oc-details" key={text}>
        <summary aria-label={`Replace the text: ${EN.update[state]}, ${text.slice(0, 40)}`}>
          Replace the text
        </summary>
        <PostForm
          action={`/incidents/${incidentId}/update`}
          fields={{ do: 'replace', seen: String(id), was: text }}
          className="oc-form"
        >
          {(busy) => (
            <>
              <TextArea
                label="What it should say"
                name="text"
                required
                rows={4}
                maxLength={2000}
                defaultValue={text}
                hint="Changes the page, its feeds and Statuspage. Subscribers, chats, inboxes and the text for answers by hand keep what was said: for them, publish an update."
              />
              <SubmitButton disabled={busy}>Replace it</SubmitButton>
            </>
          )}
        </PostForm>
      </details>
      {earlier.length > 0 && (
        <details className="oc-details">
          <summary>Earlier texts</summary>
          <ul className="oc-lines">
            {earlier.map((one) => (
              <li key={one.until}>
                <p>
                  Until <Time at={one.until} />, replaced by {one.by}
                </p>
                <p className="oc-pre">{one.text}</p>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
