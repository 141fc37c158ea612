import { Link, useLocation, useSearchParams } from '@remix-run/react';
import { refusalNoticeText } from '../../features/access/access-words.ts';
import { registerNoticeText } from '../../features/arrival/connect/registration-words.ts';
import { noticeText } from '../../features/delivery/dead-letters/notice-words.ts';
import { gateNoticeText } from '../../features/recovery/gate-item.ts';
import { incidentNoticeText } from '../../features/incidents/incident-notices.ts';
import { reportNoticeText } from '../../features/report/report-notices.ts';
import { NOTICE_PARAMETERS } from '../../lib/notice.ts';
import { Said } from '../time.tsx';
import { ToneIcon } from '../tone.tsx';

const TONES = { success: 'good', info: 'info', warning: 'warning' } as const;

/** What the last action did; it stays in view until it is dismissed or the next one comes. */
export function ActionNotice() {
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
