import { readFileSync } from 'node:fs';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECSClient } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { strategies } from '#policy/policy';
import { EcsTarget } from '#target/target.ecs';
import { LambdaTarget } from '#target/target.lambda-alias';
import type { Target } from '#target/target.port';
import { targetAt } from './mcp-stage.ts';

const at = { region: 'us-east-1' };
const targets: Readonly<Record<string, Target>> = {
  lambda: new LambdaTarget(new LambdaClient(at), new CloudWatchClient(at), {
    ...{ functionName: 'shop', alias: 'live', bucket: 'b', intervalSeconds: 30 },
  }),
  ecs: new EcsTarget(new ECSClient(at), new CloudWatchClient(at), {
    ...{ cluster: 'shop', service: 'shop', container: 'web', probes: [], bucket: 'b' },
    ...{ bakeMinutes: 1, pauseMinutes: 5, intervalSeconds: 30 },
  }),
  mcp: targetAt('http://127.0.0.1:9/mcp'),
};

/** The first table of the page, as rows of cells without backticks. */
const [head = [], , ...rows] =
  readFileSync(new URL('../../../docs/targets.md', import.meta.url), 'utf8')
    .split('\n\n')[1]
    ?.split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    ) ?? [];

const announced = (target: Target) =>
  strategies.map((strategy) => (target.supports.includes(strategy) ? (target.delegatesSteps ? 'delegated' : 'yes') : 'no'));

describe('the table of targets and strategies', () => {
  it('lists every strategy and every kind of target', () => {
    expect(head).toEqual(['target', ...strategies, 'holdback']);
    expect(rows.map(([kind]) => kind)).toEqual(Object.keys(targets));
  });

  it.each(rows)('lists for %s the strategies that its adapter supports', (kind, ...cells) => {
    const target = targets[kind as string] as Target;

    expect(cells).toEqual([...announced(target), target.delegatesSteps ? 'no' : 'yes']);
  });
});
