/** The style of the public page, which has no other. */
const STYLE = `
*{box-sizing:border-box}
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--line:#e2e5ea;--ink:#1a1e24;--soft:#565e6a;--link:#1a56b0;
--operational:#0b6b3a;--degraded_performance:#855300;--partial_outage:#a34700;--major_outage:#b3261e;--under_maintenance:#1a56b0;--unknown:#565e6a;
--g:#2aa364;--s:#e0a21b;--b:#d13b30;--none:#c9ced6}
@media (prefers-color-scheme:dark){:root{--ground:#101317;--card:#191d23;--line:#2c323b;--ink:#eceff3;--soft:#a9b1bd;--link:#8ab8ff;
--operational:#5fd39a;--degraded_performance:#f0b95a;--partial_outage:#ffa261;--major_outage:#ff9b90;--under_maintenance:#8ab8ff;--unknown:#a9b1bd;
--g:#37b574;--s:#e0a83a;--b:#ea6156;--none:#434b57}}
html{-webkit-text-size-adjust:100%}
body{margin:0;overflow-wrap:anywhere;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
a{color:var(--link)}
a:focus-visible,summary:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
.operational{--tone:var(--operational)}.degraded_performance{--tone:var(--degraded_performance)}.partial_outage{--tone:var(--partial_outage)}
.major_outage{--tone:var(--major_outage)}.under_maintenance{--tone:var(--under_maintenance)}.unknown{--tone:var(--unknown)}
.g{--fill:var(--g)}.s{--fill:var(--s)}.b{--fill:var(--b)}.none{--fill:var(--none)}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--card);padding:8px 12px;z-index:1}
.top{padding:22px 0 84px}
.in{max-width:800px;margin:0 auto;padding:0 20px}
.brand{display:flex;align-items:center;gap:14px;color:inherit;text-decoration:none;font-size:1.25rem;font-weight:650;overflow-wrap:anywhere}
.top .in{display:flex;flex-wrap:wrap;gap:8px 20px;align-items:center;justify-content:space-between}.follow{color:inherit}
.box{padding:20px 24px}details.box{margin-top:14px}.box h1{margin-bottom:8px}.box code{overflow-wrap:anywhere}
form label,legend{display:block;font-weight:600;margin-top:14px}fieldset{border:0;margin:0;padding:0}fieldset label{font-weight:400;margin-top:4px;padding:4px 0}
input:not([type=checkbox]){width:100%;max-width:420px;margin-top:4px;padding:9px 11px;font:inherit;color:inherit;background:var(--card);border:1px solid var(--soft);border-radius:8px}
button{margin:18px 12px 0 0;padding:10px 18px;min-height:44px;font:inherit;font-weight:600;color:var(--card);background:var(--link);border:1px solid var(--link);border-radius:8px;cursor:pointer}
button.plain{color:var(--link);background:none}input:focus-visible,button:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.wrong{color:var(--major_outage);font-weight:600;margin-top:6px}
.brand img{height:36px;max-width:180px;object-fit:contain}
main{margin-top:-60px}
h1{font-size:1.5rem;line-height:1.25;margin:0}
h2{font-size:1.1rem;margin:36px 0 12px}
h3,.notice h1{font-size:1rem;margin:0;overflow-wrap:anywhere}.notice h1{font-size:1.25rem}
.gap{height:20px}
p{margin:0 0 8px;overflow-wrap:anywhere}
p:last-child{margin-bottom:0}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;box-shadow:0 1px 2px rgb(0 0 0/.05)}
.all{display:flex;align-items:center;gap:16px;padding:24px;border-left:6px solid var(--tone)}
.all svg{width:36px;height:36px}
.all>div{min-width:0}.all small{display:block;margin-top:4px}
svg.i{flex:none;fill:var(--tone)}
small,.soft{color:var(--soft);font-size:.875rem}
.warn{padding:12px 20px;margin-top:12px;border-left:6px solid var(--unknown)}
ul,ol{list-style:none;margin:0;padding:0}
.parts>li{padding:18px 20px}
.parts>li+li,.list>li+li{border-top:1px solid var(--line)}
.part{display:flex;justify-content:space-between;align-items:baseline;gap:6px 16px;flex-wrap:wrap}
.state{display:inline-flex;align-items:center;gap:7px;color:var(--tone);font-weight:600;font-size:.9375rem;white-space:nowrap}
.state svg{width:14px;height:14px}
.days{display:block;width:100%;height:34px;margin:12px 0 6px}
.days path{stroke:var(--fill);stroke-width:3.4;fill:none}
.ends{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 12px}.ends span{white-space:nowrap}.ends span:nth-child(2){white-space:normal}
details{margin-top:8px}summary{cursor:pointer;color:var(--soft);font-size:.875rem}
details li{font-size:.875rem;color:var(--soft);padding-top:2px}
.notice{padding:20px;border-left:6px solid var(--tone);margin-bottom:14px}
.notice h3 a{color:inherit}
.meta span{min-width:0;max-width:100%;word-break:break-word}.card{overflow:hidden}.meta{display:flex;flex-wrap:wrap;gap:2px 18px;margin:6px 0 0}
.updates{margin-top:16px;border-left:2px solid var(--line);padding-left:18px}
.updates>li+li{margin-top:18px}
.updates b{margin-right:10px}
.list>li{padding:16px 20px}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;margin:12px 0 0;padding:0 2px}
.legend li{display:flex;align-items:center;gap:7px}
.legend i{width:6px;height:16px;border-radius:1px;background:var(--fill)}
.months{display:flex;flex-wrap:wrap;gap:8px 16px}
footer{margin:44px 0 56px;padding-top:18px;border-top:1px solid var(--line)}
footer ul{display:flex;flex-wrap:wrap;gap:4px 18px;margin-bottom:8px}
.v{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:500px){.all{padding:20px;gap:14px}h1{font-size:1.25rem}.in{padding:0 14px}.days{height:28px}.ends span:nth-child(2){order:1;flex-basis:100%}}
@media print{.top{padding:0 0 60px}.card{box-shadow:none}}
`
  .trim()
  .replaceAll('\n', '');

/** What each state's tone is drawn with: a shape of its own, so that colour is never alone. In a square of 16. */
export const SHAPES = {
  operational: 'M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0M6.8 11.9 3.2 8.3l1.5-1.5 2.1 2.1 4.5-4.6 1.5 1.5z',
  degraded_performance: 'M8 .6 16 15H0zM7 5.5v4.8h2V5.5zm0 6v1.9h2v-1.9z',
  partial_outage: 'M8 .6 16 15H0zM7 5.5v4.8h2V5.5zm0 6v1.9h2v-1.9z',
  major_outage:
    'M2 0h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H2a2 2 0 0 1-2-2V2a2 2 0 0 1 2-2m2.3 5.7L6.6 8l-2.3 2.3 1.4 1.4L8 9.4l2.3 2.3 1.4-1.4L9.4 8l2.3-2.3-1.4-1.4L8 6.6 5.7 4.3z',
  under_maintenance: 'M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0M7 3.5h2v4.1l2.6 2.6-1.4 1.4L7 8.4z',
  unknown: 'M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0m0 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2M5.5 7.1h5v1.8h-5z',
} as const;

/** Black or white, whichever is read more easily on a colour (WCAG 2 relative luminance). @param colour `#rrggbb` */
export function inkOn(colour: string): '#fff' | '#000' {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  // The contrasts with white and with black are equal at this luminance.
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b! > 0.179 ? '#000' : '#fff';
}

/** The style of a page in its colour: `style-src` names its hash, so that the element holds not a space more. */
export const styleOf = (colour: string): string =>
  `${STYLE}.top{background:${colour};color:${inkOn(colour)}}`;
