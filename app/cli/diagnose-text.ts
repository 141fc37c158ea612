import type { Finding } from '../features/health/investigations/finding.ts';

const HEADINGS: Record<Finding['what'], string> = {
  scope: 'Who answers',
  connectivity: 'DNS, TCP and TLS',
  dependencies: 'What Chatwoot and this app depend on',
  signature: 'Webhook and signature',
  arrival: 'Do messages arrive',
  deliveries: 'Recent deliveries',
  agent_endpoint: 'Test event to the Agent service',
};

/** The findings under the runbook's headings, each that is wrong with its next step, and a last line that sums up. */
export function diagnosisText(findings: readonly Finding[]): string {
  const lines: string[] = [];
  let heading: Finding['what'] | undefined;
  for (const { what, ok, evidence, nextStep } of findings) {
    if (what !== heading) lines.push('', HEADINGS[what]);
    heading = what;
    lines.push(`  ${ok ? 'ok     ' : 'WRONG  '}${evidence}`);
    if (nextStep) lines.push(`         → ${nextStep}`);
  }
  const wrong = findings.filter(({ ok }) => !ok).length;
  lines.push(
    '',
    wrong === 0 ? 'Nothing wrong was found.' : `${wrong} of ${findings.length} findings need somebody.`,
  );
  return `${lines.slice(1).join('\n')}\n`;
}
