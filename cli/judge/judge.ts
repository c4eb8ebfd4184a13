#!/usr/bin/env node
import { Command, Option } from 'commander';
import { firstFailure, judgeTrace } from '#domain/judge/judge';
import { literalPolicy, sequentialPolicy } from '#domain/judge/judge-policy';
import type { MetricRuling } from '#domain/judge/ruling';
import { judgeSeries } from '#domain/judge/series';
import { combineVerdicts } from '#domain/verdict';
import { readInput } from '../read-input.ts';
import { UsageError } from '../usage-error.ts';
import { type Pair, pairsSchema } from './pairs.ts';
import { tracesSchema } from './traces.ts';

const program = new Command('judge')
  .description('Judges recorded metrics as releases are judged; prints one JSON line per id.')
  .addOption(
    new Option(
      '--pairs <file>',
      '{"vectors": [{id, direction?, control, experiment}]} or {"scenarios": [{id, metrics: […]}]}; - reads standard input',
    ),
  )
  .addOption(
    new Option(
      '--traces <file>',
      '{id, intervals: [{t, candidate: {n, errors, slow, cpu, memory}, baseline?}], history}, an array of them, {"traces": […]} or one a line; - reads standard input',
    ).conflicts('pairs'),
  )
  .addOption(
    new Option('--policy <name>', 'how traces are ruled on: by the limits as written, or by evidence')
      .choices(['literal', 'sequential'])
      .default('literal'),
  )
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .showHelpAfterError();

interface Options {
  readonly pairs?: string;
  readonly traces?: string;
  readonly policy: 'literal' | 'sequential';
}

async function run({ pairs, traces, policy }: Options): Promise<void> {
  if (pairs !== undefined) for (const pair of await readInput(pairs, pairsSchema)) print(judgePair(pair));
  else if (traces !== undefined) {
    const judged = policy === 'literal' ? literalPolicy : sequentialPolicy;
    for (const trace of await readInput(traces, tracesSchema)) {
      const failed = firstFailure(trace, judged);
      print({ id: trace.id, ...judgeTrace(trace, judged), failedAtSeconds: failed ? trace.intervals[failed.index]?.t : null });
    }
  } else throw new UsageError('say what to judge: --pairs FILE or --traces FILE (--help shows their formats)');
}

function judgePair({ id, metrics }: Pair) {
  const rulings = metrics.map((metric) => judgeSeries(metric, metrics.length));
  const verdict = combineVerdicts(rulings.map((ruling) => ruling.verdict));
  return { id, verdict, reasons: reasonsFor(rulings, verdict), metrics: rulings };
}

const reasonsFor = (rulings: readonly MetricRuling[], wanted: string) =>
  rulings.filter(({ verdict }) => verdict === wanted).flatMap(({ name, reasons }) => reasons.map((reason) => `${name}: ${reason}`));

const print = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  await run(program.parse().opts<Options>());
} catch (error) {
  const mendable = error instanceof UsageError;
  console.error(`judge: ${mendable ? error.message : error instanceof Error ? error.stack : String(error)}`);
  process.exitCode = mendable ? 2 : 1;
}
