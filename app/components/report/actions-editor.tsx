import { Link } from '@remix-run/react';
import { ACTION_KINDS, ACTION_STATES, type PreventiveAction } from '../../features/report/report-view.ts';
import { SelectField, TextField } from '../forms/form-fields.tsx';
import { PostForm, SubmitButton } from '../forms/post-form.tsx';

interface ActionsEditorProps {
  incidentId: number;
  actions: PreventiveAction[];
}

/** What is done so that it does not happen again: by whom, until when. It goes on after the report is signed. */
export function ActionsEditor({ incidentId, actions }: ActionsEditorProps) {
  const post = `/api/incidents/${incidentId}/report`;
  return (
    <div id="preventive" className="oc-noprint oc-report-edit">
      <p className="oc-hint">Each has an owner and a day. They go on after the report is signed.</p>
      {actions.length > 0 && (
        <ul className="oc-lines">
          {actions.map((one) => (
            <li key={`${one.id}-${one.version}`}>
              <span>
                {one.kind}, {one.state}
              </span>
              <div>
                <p>{one.action}</p>
                <small>
                  {one.owner}, due {one.dueOn}
                </small>
                <details>
                  <summary>Change</summary>
                  <PostForm
                    action={`${post}/change-action`}
                    fields={{ action_id: String(one.id), version: String(one.version) }}
                    className="oc-filters"
                  >
                    {(busy) => (
                      <>
                        <ActionFields action={one} />
                        <SelectField label="State" name="state" defaultValue={one.state}>
                          {ACTION_STATES.map((state) => (
                            <option key={state}>{state}</option>
                          ))}
                        </SelectField>
                        <SubmitButton disabled={busy}>Change it</SubmitButton>
                      </>
                    )}
                  </PostForm>
                </details>
              </div>
            </li>
          ))}
        </ul>
      )}
      <PostForm action={`${post}/add-action`} className="oc-filters" resets>
        {(busy) => (
          <>
            <ActionFields />
            <SubmitButton look="primary" disabled={busy}>
              Add
            </SubmitButton>
          </>
        )}
      </PostForm>
      <p className="oc-row">
        <Link to={`/incidents/${incidentId}/report`} preventScrollReset state={{ edited: 'actions' }}>
          Close
        </Link>
      </p>
    </div>
  );
}

function ActionFields({ action }: { action?: PreventiveAction }) {
  return (
    <>
      <SelectField label="Kind" name="kind" defaultValue={action?.kind}>
        {ACTION_KINDS.map((kind) => (
          <option key={kind}>{kind}</option>
        ))}
      </SelectField>
      <TextField
        label="What"
        name="action"
        wide
        required
        maxLength={1000}
        defaultValue={action?.action}
        autoComplete="off"
      />
      <TextField
        label="Owner"
        name="owner"
        required
        maxLength={100}
        defaultValue={action?.owner}
        autoComplete="off"
      />
      <TextField label="Due" name="dueOn" type="date" required defaultValue={action?.dueOn} />
    </>
  );
}
