import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { startChatwoot } from '../../../app/sandbox/chatwoot/chatwoot.ts';
import { DESKTOP, launchBrowser } from '../../support/browser.ts';
import { signInAs, useCookies as giveCookies } from '../../support/sign-in.ts';
import { until } from '../../support/until.ts';
import { startApp } from '../app-process.ts';
import { withCleanup } from '../cleanup.ts';
import { startBenchServer, type BenchServer } from '../database.ts';
import type { PartResult } from '../findings.ts';
import { startHelper } from '../helper-process.ts';
import { quantile } from '../measures.ts';

const P95_MS = 2000;
const INTERVAL_MS = 1000;
const CARD = '#incident';

/**
 * Chatwoot begins to answer 503 at a random moment of the check's interval. The clock runs from the second failed check,
 * its beginning included, until the incident stands on a page that a real browser had open before; app, browser and
 * bench read the same system clock.
 */
export function benchDetection({ quick }: { quick: boolean }): Promise<PartResult> {
  const rounds = quick ? 10 : 40;
  return withCleanup(async (later) => {
    const server = await startBenchServer();
    later(server.stop);
    const chatwoot = await startChatwoot();
    later(() => chatwoot.stop());
    const agent = await startHelper('agent-stub');
    later(agent.stop);
    const app = await startApp(server, {
      role: 'all',
      agentUrl: await agent.call<string>('url'),
      env: {
        CHATWOOT_BASE_URL: chatwoot.url,
        CHATWOOT_ACCOUNT_ID: String(chatwoot.accountId),
        CHATWOOT_API_TOKEN: chatwoot.apiToken,
        HEALTH_CHECK_INTERVAL: `${INTERVAL_MS}ms`,
        HEALTH_CONFIRM_INTERVAL: '300ms',
        // So that the next round begins soon.
        ALERT_RECOVERY_CHECKS: '1',
      },
    });
    later(app.stop);
    const cookie = await signInAs(app.url, server.url, 'responder');
    const browser = await launchBrowser();
    later(() => browser.close());
    const context = await browser.newContext(DESKTOP);
    await giveCookies(context, app.url, cookie);
    const page = await context.newPage();
    await page.goto(app.url);
    await until('the page is live', () => page.getByText('Live', { exact: true }).isVisible());

    const ms: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // A check that is under way when Chatwoot begins to fail counts too.
      const since = new Date();
      await delay(randomInt(INTERVAL_MS));
      await chatwoot.setMode('status', { status: 503 });
      const seenAt = await incidentSeen(page);
      ms.push(seenAt - (await secondFailure(server, since)));
      await chatwoot.setMode('ok');
      await endIncident(server, { url: app.url, cookie });
      await page.waitForFunction((card) => !document.querySelector(card), CARD);
    }
    const p95 = quantile(ms, 0.95);
    const part = 'detection';
    return {
      findings: [
        {
          part,
          what: 'second failed check to the incident on an open page, p50',
          value: quantile(ms, 0.5),
          unit: 'ms',
        },
        { part, what: 'the same, p95', value: p95, unit: 'ms', bound: { atMost: P95_MS } },
        { part, what: 'the same, slowest', value: Math.max(...ms), unit: 'ms' },
      ],
      raw: { rounds, ms },
    };
  });
}

/** @returns when the page showed the incident, ms since the epoch, to a frame of the browser */
async function incidentSeen(page: Page): Promise<number> {
  const seen = await page.waitForFunction(
    (card) => document.querySelector(card) !== null && Date.now(),
    CARD,
  );
  return (await seen.jsonValue()) as number;
}

async function secondFailure(server: BenchServer, since: Date): Promise<number> {
  const { rows } = await server.pool.query<{ at: Date }>(
    `SELECT at FROM probe_results WHERE probe = 'chatwoot.live' AND outcome = 'failed' AND at > $1
     ORDER BY tick OFFSET 1 LIMIT 1`,
    [since],
  );
  return rows[0]!.at.getTime();
}

async function endIncident(server: BenchServer, app: { url: string; cookie: string }): Promise<void> {
  const recovered = await until('it recovers', async () => {
    const { rows } = await server.pool.query<{ id: number }>(
      `SELECT id FROM incidents WHERE status = 'open' AND recovered_at IS NOT NULL`,
    );
    return rows[0];
  });
  const answer = await fetch(`${app.url}/api/incidents/${recovered.id}/resolve`, {
    method: 'POST',
    headers: { Cookie: app.cookie, Origin: app.url, Accept: 'application/json' },
    body: new URLSearchParams({ resolution: 'bench', overrideReason: 'bench' }),
  });
  if (!answer.ok) throw new Error(`Not resolved: ${answer.status} ${await answer.text()}`);
}
