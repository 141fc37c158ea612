import type { FallbackRun } from '../../features/fallback/fallback-view.ts';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';
import { PersonName } from '../layout/person.tsx';
import { Moment } from '../time.tsx';

/** Messages that got no AI draft, because a person had answered: never silent, and they can be sent on. */
export function SkippedList({ run, may }: { run: FallbackRun; may: boolean }) {
  if (run.skippedCount === 0) return null;
  const left = run.skipped.some(({ restoredAt }) => !restoredAt);
  return (
    <div className="oc-skipped">
      <h3>
        {run.skippedCount} {run.skippedCount === 1 ? 'message' : 'messages'} left out
      </h3>
      <p className="oc-hint">Answered by a person during fallback; discarded in the name of {run.endedBy}.</p>
      <div className="oc-scroll" role="region" aria-label="Messages left out" tabIndex={0}>
        <table className="oc-table oc-table-text">
          <thead>
            <tr>
              <th scope="col">Conversation</th>
              <th scope="col">Customer</th>
              <th scope="col">Written</th>
              <th scope="col">Answered</th>
              <th scope="col">Now</th>
            </tr>
          </thead>
          <tbody>
            {run.skipped.map((skip) => (
              <tr key={skip.seq}>
                <th scope="row">{skip.conversation ?? '–'}</th>
                <td>
                  <PersonName name={skip.customer ?? '–'} />
                </td>
                <td>
                  <Moment at={skip.receivedAt} />
                </td>
                <td>
                  <Moment at={skip.answeredAt} />
                </td>
                <td>
                  {skip.restoredAt ? (
                    `Sent on by ${skip.restoredBy}`
                  ) : may ? (
                    <PostForm
                      action="/api/fallback/steps"
                      fields={{ do: 'restore', run: String(run.id), seq: String(skip.seq) }}
                      returnTo="/fallback"
                    >
                      <SubmitButton
                        size="slim"
                        aria-label={`Send on the message of conversation ${skip.conversation}`}
                      >
                        Send on
                      </SubmitButton>
                    </PostForm>
                  ) : (
                    'Left out'
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {run.skippedCount > run.skipped.length && <p>The first {run.skipped.length} are listed.</p>}
      {may && left && (
        <PostForm
          action="/api/fallback/steps"
          fields={{ do: 'restore', run: String(run.id) }}
          returnTo="/fallback"
        >
          <SubmitButton>Send all of them on</SubmitButton>
        </PostForm>
      )}
    </div>
  );
}
