import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from '../../app/lib/metrics.server.ts';

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}
interface Panel {
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets: { expr: string; legendFormat: string }[];
}

const { rules } = (
  parse(readFileSync('deploy/prometheus-rules.yaml', 'utf8')) as { groups: { rules: Rule[] }[] }
).groups[0]!;
const { panels } = JSON.parse(readFileSync('deploy/grafana-dashboard.json', 'utf8')) as { panels: Panel[] };

/** What Prometheus itself adds to each sample, and to the parts of a histogram. */
const ADDED = ['instance', 'job', 'le'];

/** Metrics by the names under which they are read, with their labels. */
const known = new Map(
  createMetrics()
    .registry.getMetricsAsArray()
    .flatMap((metric): [string, string[]][] => {
      const {
        name,
        labelNames = [],
        type,
      } = metric as unknown as {
        name: string;
        labelNames?: string[];
        type: string | number;
      };
      const isHistogram = type === 'histogram' || 'buckets' in metric;
      return (isHistogram ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]).map((read) => [
        read,
        labelNames,
      ]);
    }),
);

/** What an expression says that Prometheus would not understand, or that nobody tells it. */
function faultsOf(expr: string): string[] {
  const faults: string[] = [];
  const names: string[] = [];
  const labels: string[] = [];
  parser.parse(expr).iterate({
    enter({ name, from, to, type }) {
      const text = expr.slice(from, to);
      if (type.isError) faults.push(`does not parse at ${from}: ${expr}`);
      if (name === 'Identifier') names.push(text);
      if (name === 'LabelName') labels.push(text);
    },
  });
  const ours = names.flatMap((name) => known.get(name) ?? []);
  return [
    ...faults,
    ...names.filter((name) => !known.has(name)),
    ...labels.filter((label) => !ADDED.includes(label) && !ours.includes(label)),
  ];
}

it('a metric or label that there is not, and what is no expression, are found', () => {
  expect(faultsOf('sum(outage_center_nothing) > 1')).toEqual(['outage_center_nothing']);
  expect(faultsOf('outage_center_queue_events{stage="dead"}')).toEqual(['stage']);
  expect(faultsOf('sum(outage_center_database_up')).not.toEqual([]);
  expect(faultsOf('rate(outage_center_webhook_intake_seconds_bucket[5m])')).toEqual([]);
});

it('alert rules are of metrics that there are, and say what to do', () => {
  expect(rules.length).toBeGreaterThan(10);
  for (const { alert, expr, labels, annotations } of rules) {
    expect(faultsOf(expr), alert).toEqual([]);
    expect(['critical', 'warning']).toContain(labels.severity);
    expect(annotations.summary.length, alert).toBeLessThanOrEqual(110);
    expect(annotations.description, alert).toMatch(/\.$/);
  }
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

it('the dashboard reads metrics that there are, and no two panels lie on each other', () => {
  for (const { title, targets } of panels)
    for (const { expr, legendFormat } of targets) {
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
      expect(faultsOf(expr), title).toEqual([]);
      for (const label of shown) expect(expr, title).toContain(label);
    }
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
});

it('every metric is described', () => {
  const described = readFileSync('docs/metrics.md', 'utf8');
  const missing = [...known.keys()].filter((name) => {
    const short = name.replace(/^outage_center_/, '').replace(/_(bucket|sum|count)$/, '');
    return !/^(process|nodejs)_/.test(short) && !described.includes(`\`${short}\``);
  });
  expect(missing).toEqual([]);
});
