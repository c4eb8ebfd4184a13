import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { normaliseIssue } from '#intake/issue-intake';
import { detectedAt } from '../../cli/submit.ts';

const NOW = '2026-03-02T09:00:00.000Z';
const hints = { applications: [{ name: 'storefront', repository: 'acme/storefront' }] };
const example = (file: string) => readFileSync(new URL(`../../examples/issues/${file}`, import.meta.url), 'utf8');
/** An event as the bus hands it on. */
const delivered = (payload: Record<string, unknown>) =>
  payload.Detail ? { source: payload.Source, 'detail-type': payload.DetailType, detail: payload.Detail } : payload;
const issueOf = (text: string) => {
  const normalised = normaliseIssue(delivered(JSON.parse(text)), hints);
  if ('refusal' in normalised) throw new Error(normalised.refusal);
  return normalised.issue;
};

describe('an example that is submitted as detected now', () => {
  it.each(['a-failed-check.json', 'b-dependabot-alert.json', 'c-code-quality.json'])('%s changes nothing but its date', (file) => {
    const before = issueOf(example(file));

    expect(issueOf(detectedAt(NOW, example(file)))).toEqual({ ...before, detectedAt: NOW });
    expect(before.detectedAt).not.toBe(NOW);
  });

  it('dates a reopened alert too', () => {
    const reopened = JSON.stringify({ ...JSON.parse(example('b-dependabot-alert.json')), action: 'reopened' });

    expect(issueOf(detectedAt(NOW, reopened)).detectedAt).toBe(NOW);
  });

  it.each(['not JSON', '[]', '"text"', 'null'])('leaves %s as it is, for the intake to refuse', (text) => {
    expect(detectedAt(NOW, text)).toBe(text);
  });
});
