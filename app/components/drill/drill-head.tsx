import { nextMove } from '../../features/drill/next-move.ts';
import type { DrillDetail } from '../../features/drill/drill-view.ts';
import { SCENARIO_PLANS } from '../../features/drill/scenarios.ts';
import { useMay } from '../access/person.ts';
import { useNow } from '../clock.tsx';
import { DrillBadge } from '../incidents/severity-badge.tsx';
import { PostForm } from '../post-form.tsx';
import { SubmitButton } from '../submit-button.tsx';
import { ToneIcon, ToneWord } from '../tone.tsx';
import { ACT_WORDS, drillState, spanText, speedText } from './drill-words.ts';

/** Where the drill stands, what its clock says, and what to do now. */
export function DrillHead({ drill }: { drill: DrillDetail }) {
  const now = useNow();
  const may = useMay('drill.run');
  const { tone, word } = drillState(drill);
  const { sentence, suggested, possible } = nextMove(drill, now - Date.parse(drill.requestedAt));
  return (
    <section className={`oc-verdict oc-band-${tone}`} aria-labelledby="drill-state">
      <div className="oc-verdict-main">
        <ToneIcon tone={tone} />
        <div>
          <h2 id="drill-state" className="oc-fallback-state">
            {word}
          </h2>
          <p>{sentence}</p>
          <p className="oc-row">
            <DrillBadge drill />
            <DrillClock drill={drill} />
            <span>
              {drill.notify === 'marked'
                ? 'Messages really go out, each marked DRILL.'
                : 'Messages are only recorded: nobody is told.'}
            </span>
          </p>
          <p className="oc-hint">
            {SCENARIO_PLANS[drill.scenario].sentence} Begun by {drill.requestedBy}. Nothing of it touches the
            real Chatwoot or Agent service.
          </p>
          {may && possible.length > 0 && (
            <div className="oc-drill-acts">
              {possible.map((act) => (
                <PostForm key={act} action={`/api/drills/${drill.id}/${act}`}>
                  {(busy) => (
                    <SubmitButton look={act === suggested ? 'primary' : 'secondary'} disabled={busy}>
                      {ACT_WORDS[act].button}
                    </SubmitButton>
                  )}
                </PostForm>
              ))}
            </div>
          )}
        </div>
      </div>
    </section>
  );
}

function DrillClock({ drill }: { drill: DrillDetail }) {
  const now = useNow();
  const { brokenAt, endedAt, speed } = drill;
  if (!brokenAt) return <span>Clock {speedText(speed)}</span>;
  const lasts = ((endedAt ? Date.parse(endedAt) : now) - Date.parse(brokenAt)) * speed;
  return (
    <span>
      Clock {speedText(speed)}: <b>{spanText(Math.max(0, lasts))}</b> since it broke
    </span>
  );
}

/** What people asked for, and what came of it. */
export function DrillActs({ drill: { acts } }: { drill: DrillDetail }) {
  if (acts.length === 0) return null;
  return (
    <ul className="oc-plain-list">
      {acts.map(({ act, at, by, answer }) => (
        <li key={`${at}${act}`}>
          <b>{by}</b>, {ACT_WORDS[act].did}: {answer ?? <ToneWord tone="info">is being done</ToneWord>}
        </li>
      ))}
    </ul>
  );
}
