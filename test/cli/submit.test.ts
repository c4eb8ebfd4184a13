import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { normaliseIssue } from '#intake/issue-intake';
import { detectedAt } from '../../cli/submit.ts';

const NOW = '2026-03-02T09:00:00.000Z';
const hints = { applications: [{ name: 'storefront', repository: 'acme/storefront' }] };
const example = (file: string) => readFileSync(new URL(`../../examples/issues/${file}`, import.meta.url), 'utf8');
/** An event as the bus delivers it. */
const delivered = (payload: Record<string, unknown>) =>
  payload.Detail ? { source: payload.Source, 'detail-type': payload.DetailType, detail: payload.Detail } : payload;
const issueOf = (text: string) => {
  const normalised = normaliseIssue(delivered(JSON.parse(text)), hints);
  if ('refusal' in normalised) throw new Error(normalised.refusal);
  return normalised.issue;
};

describe('detectedAt', () => {
  it.each(['a-failed-check.json', 'b-dependabot-alert.json', 'c-code-quality.json'])('changes only the date of %s', (file) => {
    const before = issueOf(example(file));

    expect(issueOf(detectedAt(NOW, example(file)))).toEqual({ ...before, detectedAt: NOW });
    expect(before.detectedAt).not.toBe(NOW);
  });

  it('sets the date of a reopened alert too', () => {
    const reopened = JSON.stringify({ ...JSON.parse(example('b-dependabot-alert.json')), action: 'reopened' });

    expect(issueOf(detectedAt(NOW, reopened)).detectedAt).toBe(NOW);
  });

  it.each(['not JSON', '[]', '"text"', 'null'])('leaves %s unchanged, so that the intake refuses it', (text) => {
    expect(detectedAt(NOW, text)).toBe(text);
  });
});
