import { readFile, writeFile } from 'node:fs/promises';

/** What a package of ours may be licensed under without anybody asking a lawyer. */
const PERMISSIVE = new Set([
  ...[
    'MIT',
    'MIT-0',
    'ISC',
    '0BSD',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'Apache-2.0',
    'BlueOak-1.0.0',
    'Unlicense',
  ],
  ...['CC0-1.0', 'CC-BY-4.0', 'Python-2.0', 'OFL-1.1', 'PostgreSQL', 'Zlib'],
]);

/** Weak copyleft: used unchanged, as separate files, which these licences allow. */
const UNCHANGED = new Set(['MPL-2.0', 'EPL-2.0', 'LGPL-3.0-or-later', 'LGPL-2.1-or-later']);

/** The exceptions of SPDX themselves, a list of names, given with credit. */
const DATA = new Set(['CC-BY-3.0']);

const SHOPIFY = "Shopify's, see docs/security.md";

/** Licences that are not, or not as an SPDX expression, in the package's own description; a person has read them. */
const READ: Record<string, string> = {
  '@shopify/polaris': SHOPIFY,
  '@shopify/polaris-icons': SHOPIFY,
  '@shopify/polaris-tokens': SHOPIFY,
  '@visx/vendor': 'MIT AND ISC',
  eval: 'MIT',
  format: 'MIT',
  'require-like': 'MIT',
  'seq-queue': 'MIT',
};

export interface Licensed {
  name: string;
  version: string;
  licence: string;
  /** Nobody has looked at it. */
  unknown: boolean;
}

interface Lock {
  packages: Record<
    string,
    { version?: string; license?: string; dev?: boolean; link?: boolean; name?: string }
  >;
}

/** The packages that run in production, by name, from a package-lock of version 3. */
export function licencesOf(lock: Lock): Licensed[] {
  const found = new Map<string, Licensed>();
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '' || entry.dev || entry.link) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const version = entry.version ?? '';
    const licence = READ[name] ?? entry.license ?? 'none stated';
    const unknown = !(name in READ) && !isAccepted(licence);
    found.set(`${name}@${version}`, { name, version, licence, unknown });
  }
  return [...found.values()].sort((a, b) =>
    `${a.name}@${a.version}`.localeCompare(`${b.name}@${b.version}`, 'en'),
  );
}

/** `A OR B` is accepted when one of them is, `A AND B` when both are. */
function isAccepted(expression: string): boolean {
  const inner = expression.replace(/^\(|\)$/g, '');
  if (inner.includes(' OR ')) return inner.split(' OR ').some(isAccepted);
  return inner
    .split(' AND ')
    .every((licence) => PERMISSIVE.has(licence) || UNCHANGED.has(licence) || DATA.has(licence));
}

function markdown(packages: Licensed[]): string {
  const counts = new Map<string, number>();
  for (const { licence } of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  const byCount = [...counts].sort(([a, n], [b, m]) => m - n || a.localeCompare(b, 'en'));
  return [
    '# Licences of what runs in production',
    '',
    'Written by `npm run licences` from package-lock.json; development tools are left out.',
    '',
    '| licence | packages |',
    '|---|---|',
    ...byCount.map(([licence, n]) => `| ${licence} | ${n} |`),
    '',
    '| package | version | licence |',
    '|---|---|---|',
    ...packages.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`),
    '',
  ].join('\n');
}

if (import.meta.main) {
  const packages = licencesOf(JSON.parse(await readFile('package-lock.json', 'utf8')) as Lock);
  await writeFile('docs/licences.md', markdown(packages));
  const unknown = packages.filter((one) => one.unknown);
  for (const { name, version, licence } of unknown) process.stderr.write(`${name} ${version}: ${licence}\n`);
  if (unknown.length > 0) process.exitCode = 1;
}
