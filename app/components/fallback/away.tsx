import type { ReadyText } from '../../features/fallback/fallback-texts.ts';
import { fallbackNotice } from '../../features/fallback/fallback-notices.ts';
import { Problem } from '../access/answers.tsx';
import { Page } from '../page.tsx';
import { Section } from '../section.tsx';
import { ToneIcon } from '../tone.tsx';
import { Texts } from './texts.tsx';

/** The page while the database is away: it cannot know, and says what people do all the same. */
export function FallbackAway({ at, texts, done }: { at: string; texts: ReadyText[]; done: string | null }) {
  const notice = fallbackNotice(done);
  return (
    <Page at={at} live>
      <h1 className="oc-title">Fallback mode</h1>
      <Problem>{notice?.refused ? notice.text : null}</Problem>
      <section className="oc-verdict oc-band-unknown" aria-labelledby="fallback-state">
        <div className="oc-verdict-main">
          <ToneIcon tone="unknown" />
          <div>
            <h2 id="fallback-state" className="oc-fallback-state">
              Not known whether it is on
            </h2>
            <p>
              The database does not answer. Webhooks are taken and kept; nothing is sent to the Agent service
              until it is back. Nothing can be switched meanwhile.
            </p>
            <p>
              <a className="oc-link" href="/fallback">
                Try again
              </a>
            </p>
          </div>
        </div>
      </section>
      <Section
        id="by-hand"
        title="What you can do by hand"
        hint="It needs neither the database nor Chatwoot."
      >
        <ol className="oc-plan">
          <li>Post the text for Slack, #support, so that the team answers by hand.</li>
          <li>Send customers to the fallback address: the texts are below.</li>
          <li>
            Keep a sheet with Ticket ID, Customer, Issue, Status and Response time. It can be brought in
            afterwards, as CSV.
          </li>
        </ol>
      </Section>
      <Texts texts={texts} />
    </Page>
  );
}
