import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { expect, it } from 'vitest';
import { SETTING_NAMES } from '../../app/lib/settings/config.ts';

const read = (file: string) => readFileSync(file, 'utf8');
const { dependencies, scripts } = JSON.parse(read('package.json')) as {
  dependencies: Record<string, string>;
  scripts: Record<string, string>;
};
/** What `npm start` runs, as a list. */
const START = scripts.start!.replace(/^NODE_ENV=production exec /, '').split(' ');

it('what runs in production is installed without the tools that build it', () => {
  // Where the demo's notifications end is started by the demo only, which is built first.
  const left = ['app/generated/', 'app/sandbox/notifications/'];
  const files = globSync('app/**/*.{ts,tsx}').filter(
    (file) => !left.some((folder) => file.startsWith(folder)),
  );
  const missing = files.flatMap((file) =>
    [
      ...read(file).matchAll(
        /^(?:import|export)\s(?!type\s)[^'";]*?from '([^'.][^']*)'|^import '([^'.][^']*)'/gm,
      ),
    ]
      .map(([, from, bare]) => (from ?? bare)!)
      .filter((name) => !isBuiltin(name))
      .map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      )
      .filter((name) => !(name in dependencies))
      .map((name) => `${file}: ${name}`),
  );
  expect(missing).toEqual([]);
  for (const tool of ['vite', 'typescript', 'prisma', '@remix-run/dev'])
    expect(dependencies).not.toHaveProperty(tool);
});

it('the image runs the app itself, as nobody in particular, and writes to its volume only', () => {
  const dockerfile = read('deploy/Dockerfile');
  expect(JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)![1]!)).toEqual(START);
  expect(dockerfile).toMatch(/^USER [1-9]\d*:0$/m);
  expect(dockerfile).toMatch(/DATA_DIR=\/data/);
  expect(dockerfile).toMatch(/^VOLUME \/data$/m);
  expect(dockerfile).toMatch(/^HEALTHCHECK[\s\S]*\/healthz/m);
  expect(dockerfile).toContain('STOPSIGNAL SIGTERM');
  expect(dockerfile).toContain('npm ci --omit=dev --omit=optional');
  for (const secret of ['**/.env', 'var', 'node_modules'])
    expect(read('deploy/Dockerfile.dockerignore')).toContain(secret);
});

it('compose, fly and systemd give it time to end, and say how Chatwoot reaches it', () => {
  const compose = read('deploy/compose.yaml');
  expect(compose).toContain('stop_grace_period: 15s');
  expect(compose).toContain('read_only: true');
  expect(compose).toContain('SAFE_FETCH_ALLOW_PRIVATE_NETWORK=true');
  expect(read('deploy/fly.toml')).toContain("kill_timeout = '15s'");
  const unit = read('deploy/outage-center.service');
  expect(unit).toContain(`ExecStart=/usr/bin/${START.join(' ')}\n`);
  expect(unit).toContain('TimeoutStopSec=20');
  expect(unit).toContain('NoNewPrivileges=yes');
});

it('every setting that they set is one', () => {
  const theirs = new Set(['NODE_ENV', 'HOME']);
  const named = [
    ...read('deploy/Dockerfile').matchAll(/^ENV (.*)$/gm),
    ...read('deploy/outage-center.service').matchAll(/^Environment=(.*)$/gm),
  ].flatMap(([, pairs]) => pairs!.split(' ').map((pair) => pair.split('=')[0]!));
  const table = /^\[env\]\n([\s\S]*?)\n\n/m.exec(read('deploy/fly.toml'))![1]!;
  named.push(...[...table.matchAll(/^(\w+) =/gm)].map(([, name]) => name!));
  named.push(
    ...[
      ...read('deploy/compose.yaml').matchAll(
        /^ {6}([A-Z_]+): (?!.*POSTGRES_PASSWORD:\?set it in .env\}$)/gm,
      ),
    ].map(([, name]) => name!),
  );
  const unknown = named.filter(
    (name) => !SETTING_NAMES.includes(name) && !theirs.has(name) && !name.startsWith('POSTGRES_'),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(unknown).toEqual([]);
});
