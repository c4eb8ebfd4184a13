import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { decide, schemaChangesIn } from '#decision/decision';
import { isForbidden, touchedPaths } from '#decision/touched-paths';
import type { Issue } from '#deployment/issue';
import { attempt } from '#fix/jobs/command';
import { historyKey, normaliseIssue } from '#intake/issue-intake';
import { applicationSchema } from '#policy/application';
import { guidePolicy } from '#policy/policy';
import configuration from '../../examples/storefront/application.json' with { type: 'json' };
import { nextRequest } from '../../examples/storefront/traffic.ts';
import { exampleIssue, storefront, sweep } from '../functions/fix/jobs/stage.ts';
import { checkedOut, failedChecks, Service } from './storefront-stage.ts';

afterAll(sweep);

const example = (file: string) => JSON.parse(readFileSync(new URL(`../../examples/issues/${file}`, import.meta.url), 'utf8'));
const hints = { applications: [configuration] };

/** Mulberry32, so that each run draws the same requests. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The share of an environment's requests for which a service returns 5xx. */
async function errorRate(checkout: string, environment: 'staging' | 'production'): Promise<number> {
  const service = await Service.start(checkout);
  const random = seeded(1);
  let errors = 0;
  for (let sent = 0; sent < 400; sent++) if ((await service.ask(nextRequest(environment, random).event)).status >= 500) errors++;
  await service.stop();
  return errors / 400;
}

const passes = (checkout: string, script: string) => attempt('npm', ['run', '--silent', script], checkout).passed;

describe('the storefront', () => {
  it('has the same commit hashes on each machine', () => {
    expect(storefront().headCommit).toBe(storefront().headCommit);
  });

  it('has a valid application configuration', () => {
    const application = { ...configuration, repositoryUrl: '/storefront.git', policy: guidePolicy };

    expect(applicationSchema.safeParse(application).error).toBeUndefined();
    expect(Object.keys(configuration.checks)).toHaveLength(5);
  });

  it('passes its own tests, its own linter and its declared checks', async () => {
    const checkout = checkedOut();

    expect([passes(checkout, 'test'), passes(checkout, 'lint')]).toEqual([true, true]);
    expect(await failedChecks(checkout)).toEqual([]);
  });

  it('fails no request of the traffic of both environments', async () => {
    const checkout = checkedOut();

    expect([await errorRate(checkout, 'staging'), await errorRate(checkout, 'production')]).toEqual([0, 0]);
  });

  it('prints one high-resolution metric line for each request, and returns 500 for an exception', async () => {
    const service = await Service.start(checkedOut());
    const answer = await service.ask({ rawPath: '/cart', rawQueryString: '', body: '{', headers: {} });
    const lines = (await service.stop())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

    expect(answer.status).toBe(500);
    expect(lines).toHaveLength(2);
    const metrics = lines.find((line) => line._aws);
    expect(metrics).toMatchObject({ FunctionName: 'storefront-staging', ExecutedVersion: '7', Requests: 1, Errors: 1, Exceptions: 1 });
    expect(metrics.MemoryPercent).toBeGreaterThan(0);
    const [directive] = metrics._aws.CloudWatchMetrics;
    expect(directive).toMatchObject({ Namespace: 'Sluice/Service', Dimensions: [['FunctionName', 'ExecutedVersion']] });
    expect(
      directive.Metrics.map(({ Name, StorageResolution }: { Name: string; StorageResolution: number }) => [Name, StorageResolution]),
    ).toEqual(['Requests', 'Errors', 'Latency', 'MemoryPercent', 'Exceptions'].map((name) => [name, 1]));
    expect(lines.find((line) => line.level === 'error')).toEqual({ level: 'error', path: '/cart', error: 'SyntaxError' });
  });
});

describe('the three example issues', () => {
  const history: { application: string; domain: string; type: string; outcome: string }[] = example('history.json');
  const resolutionsOf = (issue: Issue) =>
    history.filter(
      ({ application, domain, type, outcome }) => `${application}/${domain}/${type}` === historyKey(issue) && outcome === 'Deployed',
    ).length;
  const issueOf = (payload: unknown): Issue => {
    const normalised = normaliseIssue(payload, hints);
    if ('refusal' in normalised) throw new Error(normalised.refusal);
    return normalised.issue;
  };
  const decided = (issue: Issue, previousResolutions = resolutionsOf(issue)) =>
    decide({ issue, policy: guidePolicy, previousResolutions, authorTrusted: true });

  it.each([
    ['a-failed-check.json', 95, 80, 'autonomous'],
    ['b-dependabot-alert.json', 55, 30, 'approve'],
    ['c-code-quality.json', 75, 60, 'notify'],
  ] as const)('%s has a score of %i with the history and %i without', (file, withHistory, without, requirement) => {
    const payload = example(file);
    const issue = issueOf(payload.Detail ?? payload);

    expect(decided(issue)).toMatchObject({ scoreHundredths: withHistory, requirement });
    expect(decided(issue, 0).scoreHundredths).toBe(without);
  });

  it('contain an alert in the form of GitHub’s own example, with the package of the storefront', () => {
    const published = new URL('../fixtures/github/dependabot-alerts.json', import.meta.url);
    const examples = JSON.parse(readFileSync(published, 'utf8')) as { action: string }[];
    const original = examples.find(({ action }) => action === 'created');
    const alert = example('b-dependabot-alert.json');

    expect(shapeOf(alert)).toEqual(shapeOf(original));
    expect(JSON.stringify(alert)).not.toMatch(/semver|wolfy|pika/);
  });

  it('contain a patch with a test that fails without its fix', async () => {
    const checkout = checkedOut('a-failed-check.json');
    attempt('git', ['checkout', '--quiet', 'HEAD', '--', 'src'], checkout);

    expect(passes(checkout, 'test')).toBe(false);
  });

  it('contain a patch that passes tests, linter, checks and staging, and fails a fifth of production’s requests', async () => {
    const checkout = checkedOut('c-code-quality.json');

    expect([passes(checkout, 'test'), passes(checkout, 'lint')]).toEqual([true, true]);
    expect(await failedChecks(checkout)).toEqual([]);
    expect(await errorRate(checkout, 'staging')).toBe(0);
    expect(await errorRate(checkout, 'production')).toBeCloseTo(0.2, 1);
  });
});

/** The type of each leaf. A value that may be null, or a list of any length, counts as one leaf. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return 'list';
  if (value === null || typeof value !== 'object') return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]));
}

describe('the bad example issues', () => {
  it.each([
    ['never-healthy.json', 'service-health'],
    ['functional.json', 'functional-validation'],
    ['performance.json', 'performance'],
    ['data-integrity.json', 'data-integrity'],
    ['integration.json', 'integration-tests'],
  ])('%s passes its tests and linter, and fails only %s after deployment', async (file, check) => {
    const checkout = checkedOut(`bad/${file}`);

    expect([passes(checkout, 'test'), passes(checkout, 'lint')]).toEqual([true, true]);
    expect(await failedChecks(checkout)).toEqual([check]);
  });

  it.each(['missing-fields.json', 'unknown-application.json'])('%s is refused with a reason', (file) => {
    const payload = example(`bad/${file}`);

    expect(normaliseIssue(payload.Detail ?? payload, hints)).toHaveProperty('refusal');
  });

  it('contain a malformed.txt that is not JSON', () => {
    const text = readFileSync(new URL('../../examples/issues/bad/malformed.txt', import.meta.url), 'utf8');

    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  it('change the paths that their names promise', () => {
    const files = (file: string) => {
      const { fix } = exampleIssue(`bad/${file}`);
      return fix.workflow === 'ready-patch' ? touchedPaths(fix.patch) : [];
    };

    expect(files('wide.json')).toHaveLength(11);
    expect(files('forbidden-path.json').some((path) => isForbidden(path, guidePolicy.forbiddenPaths))).toBe(true);
    expect(schemaChangesIn(files('schema-change.json'), guidePolicy)).toEqual(['migrations/0001-orders.sql']);
  });
});
