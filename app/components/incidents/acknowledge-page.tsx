import { Form, isRouteErrorResponse } from '@remix-run/react';
import type { LinkState } from '../../features/incidents/incident-view.ts';
import { SubmitButton } from '../forms/post-form.tsx';
import { TroublePage } from '../layout/trouble-page.tsx';
import { AccessPage } from '../sign-in/sign-in-form.tsx';
import { Clock, Moment } from '../time.tsx';
import { SeverityBadge } from './incident-list.tsx';

export interface AcknowledgePageProps {
  at: string;
  link: LinkState;
}

/** What a link in a message opens: which incident, who is on it, and one button while nobody is. */
export function AcknowledgePage({ at, link }: AcknowledgePageProps) {
  if (link.state === 'void' || link.state === 'expired')
    return (
      <AccessPage title="This link does not work any more">
        <div className="oc-stack">
          <p>
            {link.state === 'expired'
              ? 'It has expired: a link in a message works for 24 hours.'
              : 'It was never made, or its reader may not acknowledge any more.'}
          </p>
          <SignIn to="/incidents" words="Sign in and look at the incidents" />
        </div>
      </AccessPage>
    );
  return (
    <Clock at={at}>
      <AccessPage title={titleOf(link)}>
        <div className="oc-stack">
          <p>
            <SeverityBadge severity={link.severity} /> Incident {link.incidentId}: {link.title}
          </p>
          <Standing link={link} />
          {link.state === 'open' && (
            <Form method="post" className="oc-form">
              <SubmitButton look="primary" size="large">
                Acknowledge
              </SubmitButton>
            </Form>
          )}
          <SignIn to={`/incidents/${link.incidentId}`} words="Open the incident (sign in needed)" />
        </div>
      </AccessPage>
    </Clock>
  );
}

/** What the server says with a failure before which nothing was done for certain. */
export const NOTHING_DONE = 'nothing_done';

/** In its place when something failed: whether the incident was acknowledged is said only where it is known. */
export function AcknowledgeTrouble({ error }: { error: unknown }) {
  const isSure = isRouteErrorResponse(error) && (error.status < 500 || error.data === NOTHING_DONE);
  const known = isSure
    ? 'Nothing was acknowledged by this. Try again in a moment;'
    : 'It is not known whether the incident was acknowledged: open the link again in a moment, and it says who is on it. While nobody is,';
  return (
    <TroublePage
      title="The link cannot be checked now"
      sentence={`The database does not answer, or something failed. ${known} the next person on the ladder is told meanwhile.`}
      retry
    />
  );
}

type Live = Exclude<LinkState, { state: 'void' | 'expired' }>;

function titleOf(link: Live): string {
  switch (link.state) {
    case 'open':
      return 'Nobody is on it yet';
    case 'used':
      return 'This link was used';
    case 'taken':
      return link.byReader ? 'You are on it' : `${link.by ?? 'Somebody'} is on it`;
    case 'over':
      return 'It is over';
  }
}

/** What is to be known about it, in a sentence or two. */
function Standing({ link }: { link: Live }) {
  switch (link.state) {
    case 'open':
      return (
        <p>
          You acknowledge as {link.reader}: everybody who was told hears that, and no more responders are
          called.
        </p>
      );
    case 'used':
      return <p>It works once. Sign in to acknowledge again.</p>;
    case 'taken':
      return (
        <p>
          {link.by ?? 'Somebody'} acknowledged it
          {link.at && (
            <>
              {' '}
              at <Moment at={link.at} />
            </>
          )}
          .{link.byReader && ' Everybody who was told hears that, and no more responders are called.'}
        </p>
      );
    case 'over':
      return link.mergedInto === null ? (
        <p>
          It was resolved
          {link.at && (
            <>
              {' '}
              at <Moment at={link.at} />
            </>
          )}
          . There is nothing to do.
        </p>
      ) : (
        <p>It was merged into incident {link.mergedInto}, where it goes on.</p>
      );
  }
}

function SignIn({ to, words }: { to: string; words: string }) {
  return (
    <p>
      <a className="oc-link" href={to}>
        {words}
      </a>
    </p>
  );
}
