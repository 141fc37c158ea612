import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { escapeHtml } from '../lib/visible.ts';
import { problemBody } from '../lib/http/problem.ts';
import { parseConfig } from '../lib/settings/config.ts';
import { listen } from './network.ts';

/**
 * What answers while settings are missing or malformed: whoever opens the page learns what to do without the terminal, and
 * whatever posts webhooks learns that they are not taken.
 * @param problems a sentence for each setting
 * @returns where it listens; null: where to listen is itself malformed, or it serves no pages
 * @throws Error with a sentence for the operator: the port is somebody else's
 */
export async function startUnconfigured(
  problems: readonly string[],
  env: Record<string, string | undefined>,
): Promise<string | null> {
  const where = parseConfig({ ROLE: env.ROLE, HOST: env.HOST, PORT: env.PORT });
  if (!where.ok || where.config.ROLE === 'worker') return null;
  const page = unconfiguredPage(problems);
  const problem = problemBody({
    status: 503,
    title: 'Not configured',
    code: 'not_configured',
    detail:
      'Settings of this app are missing or malformed: its terminal and its page say which. Nothing was kept.',
  });
  const server = createServer((request, response) => {
    const forPeople = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
    response.writeHead(503, {
      'Content-Type': forPeople ? 'text/html; charset=utf-8' : 'application/problem+json',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': `default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(forPeople ? page : problem);
    request.resume();
  });
  const port = await listen(server, where.config, 'PORT');
  return `http://${where.config.HOST.includes(':') ? `[${where.config.HOST}]` : where.config.HOST}:${port}`;
}

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:44rem;padding:2rem 1rem;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.3}li{margin:.5rem 0}code{font-size:.95em}`;
const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;

/** What somebody typed stands in the terminal only: anybody may read this page, and it may be half of a secret. */
const withoutValue = (problem: string) =>
  problem.replace(/^([A-Z_]+) (is|contains) "[^]*?"(?=[:,.])/, '$1 is malformed');

function unconfiguredPage(problems: readonly string[]): string {
  const [one, them] =
    problems.length === 1 ? ['One setting is', 'it'] : [`${problems.length} settings are`, 'them'];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Not set up yet · Outage Center</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Outage Center is not set up yet</h1>
<p>${one} missing or malformed, so it cannot start. Until that is put right it takes no webhooks.</p>
<ul>
${problems.map((problem) => `<li>${escapeHtml(withoutValue(problem))}</li>`).join('\n')}
</ul>
<p>Put ${them} into the file <code>.env</code> beside <code>package.json</code>, or into the environment, and start it again. <code>.env.example</code> explains every setting.</p>
<p>Only looking around? <code>npm run demo</code> starts it with a simulated Chatwoot and Agent service.</p>
</main>
</body>
</html>
`;
}
