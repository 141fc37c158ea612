import { Link, useLocation, useSearchParams } from '@remix-run/react';
import { Icon } from '@shopify/polaris';
import { ArrowLeftIcon } from '@shopify/polaris-icons';
import type { ReactNode } from 'react';
import { refusalNoticeText } from '../../features/access/access-words.ts';
import { registerNoticeText } from '../../features/arrival/connect/registration-words.ts';
import { noticeText } from '../../features/delivery/dead-letters/notice-words.ts';
import { incidentNoticeText } from '../incidents/incident-words.ts';
import { gateNoticeText } from '../../features/recovery/gate-item.ts';
import { reportNoticeText } from '../../features/report/report-notices.ts';
import { NOTICE_PARAMETERS } from '../../lib/notice.ts';
import { Clock, Said } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';

interface PageProps {
  /** The server's time when the data was read, ISO. */
  at: string;
  /** Its data is read again when something changes; not where somebody writes for longer. */
  live?: boolean;
  /** As wide as a text is read best. */
  narrow?: boolean;
  children: ReactNode;
}

/** A page inside the shell: its clock, what is on it, and what the last action did. */
export function Page({ at, live = false, narrow = false, children }: PageProps) {
  return (
    <Clock at={at}>
      <div className={narrow ? 'oc-page oc-page-narrow' : 'oc-page'}>
        <main id="main" tabIndex={-1} className="oc-main" data-live={live || undefined}>
          {children}
        </main>
        <ActionNotice />
      </div>
    </Clock>
  );
}

export function BackLink({ to, children }: { to: string; children: string }) {
  return (
    <Link to={to} className="oc-back">
      <span aria-hidden="true">
        <Icon source={ArrowLeftIcon} />
      </span>
      {children}
    </Link>
  );
}

const TONES = { success: 'good', info: 'info', warning: 'warning' } as const;

/** What the last action did; it stays in view until it is dismissed or the next one comes. */
function ActionNotice() {
  const [params] = useSearchParams();
  const { pathname } = useLocation();
  const notice =
    noticeText(params) ??
    refusalNoticeText(params) ??
    incidentNoticeText(params) ??
    gateNoticeText(params) ??
    registerNoticeText(params) ??
    reportNoticeText(params);
  const rest = new URLSearchParams(params);
  for (const name of NOTICE_PARAMETERS) rest.delete(name);
  return (
    <div role="status" className="oc-notice-region">
      {notice && (
        <div className={`oc-notice oc-band-${TONES[notice.tone]}`}>
          <ToneIcon tone={TONES[notice.tone]} />
          <p>
            <Said text={notice.text} />
          </p>
          <Link to={`${pathname}?${rest.toString()}`} replace preventScrollReset>
            Dismiss
          </Link>
        </div>
      )}
    </div>
  );
}

interface SectionProps {
  id: string;
  title: string;
  /** What stands at the right of the title: a state word, a switch. */
  side?: ReactNode;
  hint?: ReactNode;
  /** `h1` where the section is the whole page. */
  heading?: 'h1' | 'h2';
  children: ReactNode;
}

/** A titled card; `id` is where links such as `/delivery#ledger` lead. */
export function Section({ id, title, side, hint, heading: Heading = 'h2', children }: SectionProps) {
  return (
    <section id={id} className="oc-card" aria-labelledby={`${id}-title`}>
      <div className="oc-card-head">
        <Heading id={`${id}-title`}>{title}</Heading>
        {side}
      </div>
      {hint && <p className="oc-hint">{hint}</p>}
      {children}
    </section>
  );
}

interface FoldedProps {
  folds: boolean;
  summary: string;
  children: ReactNode;
}

/** What nobody has to look at now is one click away; otherwise it is in view. */
export function Folded({ folds, summary, children }: FoldedProps) {
  if (!folds) return <>{children}</>;
  return (
    <details className="oc-details">
      <summary>{summary}</summary>
      {children}
    </details>
  );
}

/** What a machine said to the letter, for whoever wants to know. */
export const Exact = ({ said }: { said: string }) => (
  <details className="oc-exact">
    <summary>Details</summary>
    {said}
  </details>
);

/** A sentence without what was answered to the letter, which stands in it in brackets; null: there is none. */
export function apart(words: string): { plain: string; exact: string | null } {
  const open = words.indexOf(' (', 1);
  const length = open === -1 ? -1 : words.slice(open + 2).search(/(?<!^)\)(?=[;:,.]|$)/);
  if (length === -1) return { plain: words, exact: null };
  const exact = words.slice(open + 2, open + 2 + length);
  // Neither a share nor a time is anybody's internals.
  if (/^(?:[\d.]+ ?%$|read at )/.test(exact)) return { plain: words, exact: null };
  return { plain: words.slice(0, open) + words.slice(open + 3 + length), exact };
}

/** What a rule saw; what was answered to the letter is one click away. */
export function AlertWords({ words, near }: { words: string; near?: string }) {
  const { plain, exact } = apart(words);
  return (
    <>
      <p>
        <Said text={plain} near={near} />
      </p>
      {exact && <Exact said={exact} />}
    </>
  );
}
