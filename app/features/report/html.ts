import { createElement as h } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { reportTitle } from './compose-report.ts';
import { reportDocument } from './report-document.ts';
import type { IncidentReport } from './report-view.ts';

/** For a file that stands alone: no script, nothing from elsewhere; prints on paper as it is. */
const STYLE = `
:root { color-scheme: light dark }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem; line-height: 1.25 } h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; border-bottom: 1px solid #8886 }
dl > div { display: grid; grid-template-columns: 14rem 1fr; gap: .5rem; padding: .15rem 0 } dt { font-weight: 600 } dd { margin: 0 }
table { width: 100%; border-collapse: collapse; font-size: .85rem } caption { text-align: left; font-weight: 600; padding: .75rem 0 .25rem }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem .25rem 0; border-bottom: 1px solid #8884; overflow-wrap: anywhere }
figure { margin: 1rem 0 } figcaption { font-weight: 600 } .oc-report-legend { margin-left: 1rem; font-weight: 400 }
.oc-report-text { white-space: pre-wrap; overflow-wrap: anywhere } .oc-report-gap { font-style: italic } .oc-report-scroll { overflow-x: auto }
@media print { :root { color-scheme: light } body { max-width: none; margin: 0 } thead { display: table-header-group } tr, figure { break-inside: avoid } h2 { break-after: avoid } .oc-report-scroll { overflow: visible } }
`;

/** What such a file may do when somebody opens it: nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The report as one HTML file, charts included. */
export function reportHtml(report: IncidentReport): string {
  const page = h(
    'html',
    { lang: 'en' },
    h(
      'head',
      null,
      h('meta', { charSet: 'utf-8' }),
      h('meta', { httpEquiv: 'Content-Security-Policy', content: POLICY }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('title', null, reportTitle(report)),
      h('style', { dangerouslySetInnerHTML: { __html: STYLE } }),
    ),
    h('body', null, h('main', null, reportDocument(report))),
  );
  return `<!doctype html>\n${renderToStaticMarkup(page)}\n`;
}
