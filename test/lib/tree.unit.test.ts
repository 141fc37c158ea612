import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

/** As docs/decisions/0020-map.md has it. */
const MOST_FILES = 30;
const MOST_LINES = 320;

const files = globSync('app/**/*.*').filter((file) => !file.startsWith('app/generated/'));

it('no folder has more files than one can take in; the names of routes are URLs', () => {
  const folders = Map.groupBy(
    files.filter((file) => !file.startsWith('app/routes/')),
    (file) => path.dirname(file),
  );
  const full = [...folders].filter(([, held]) => held.length > MOST_FILES);
  expect(full.map(([folder, held]) => `${folder}: ${held.length}`)).toEqual([]);
});

it('no file is longer than one can read through', () => {
  const lines = (file: string) => readFileSync(file, 'utf8').split('\n').length - 1;
  const long = files.filter((file) => /\.tsx?$/.test(file) && lines(file) > MOST_LINES);
  expect(long.map((file) => `${file}: ${lines(file)}`)).toEqual([]);
});

/** What a file imports or exports on, of types too, which `import-x/no-cycle` leaves out. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^(?:import|export|\})[^'"]* from '(\.[^']+)'/gm)].map(([, to]) =>
    path.join(path.dirname(file), to!),
  );
}

/** @returns the files of one circle, or nothing */
function findCircle(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): string[] => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const to of graph.get(file) ?? []) {
      const circle = visit(to, [...trail, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  for (const file of graph.keys()) {
    const circle = visit(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

it('files do not import each other in a circle, not even types', () => {
  const graph = new Map(files.filter((file) => /\.tsx?$/.test(file)).map((file) => [file, importsOf(file)]));
  expect([...graph.values()].flat().length).toBeGreaterThan(graph.size);
  expect(findCircle(graph)).toEqual([]);
});
