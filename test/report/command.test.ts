import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToEnd } from '../support/app-process.ts';
import { createReportWorld } from './report-world.ts';

let world: Awaited<ReturnType<typeof createReportWorld>>;
beforeAll(async () => {
  world = await createReportWorld();
});
afterAll(() => world.services.close());

const report = (...args: string[]) =>
  runToEnd(['app/cli/report.ts', ...args], {
    DATABASE_URL: world.services.databaseUrl,
    DATA_DIR: world.services.dataDir,
    TZ: 'Asia/Tokyo',
  });

test('prints the report as Markdown, HTML or JSON, in UTC', async () => {
  const markdown = await report('--incident', String(world.incidentId));
  expect(markdown).toMatchObject({ code: 0 });
  expect(markdown.output).toBe(markdown.stdout);
  expect(markdown.stdout).toMatch(/^# Incident report \d+: Chatwoot does not answer\n/);
  expect(markdown.stdout).toContain('- **Start:** 2026-09-22 05:00:00 UTC, the first failed check');
  const html = await report('--incident', String(world.incidentId), '--format', 'html');
  expect(html.stdout).toMatch(/^<!doctype html>\n<html lang="en">/);
  const json = await report('--incident', String(world.incidentId), '--format', 'json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    incident: { id: world.incidentId },
    messages: { lost: null },
  });
}, 120_000);

test('says in one line what is wrong', async () => {
  expect(await report('--incident', '999')).toMatchObject({
    code: 1,
    stdout: '',
    output: 'There is no incident 999.\n',
  });
  for (const args of [[], ['--incident', 'x'], ['--incident', '1', '--format', 'pdf'], ['--no-such']]) {
    const { code, output } = await report(...args);
    expect(code).toBe(2);
    expect(output).toContain('npm run ops:report');
  }
}, 120_000);
