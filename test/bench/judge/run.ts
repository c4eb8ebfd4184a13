import { parseArgs } from 'node:util';
import { judgesNamed } from './judges.ts';
import { cellsOf, type Plan } from './plan.ts';
import { play } from './play.ts';
import { selector } from './record.ts';
import { reportOf, worded } from './report.ts';

const usage = `npm run bench:judge -- [--seed N] [--traces N] [--judges NAME,…] [--faults NAME,…] [--threads N] [--quick] [--json]
Replays seeded releases through our judge and others, and prints their figures. Exits with 1 if ours misses a criterion.`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    traces: { type: 'string' },
    judges: { type: 'string', default: '' },
    faults: { type: 'string', default: '' },
    threads: { type: 'string', default: '2' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
  process.exit(0);
}

const plan: Plan = {
  seed: Number(values.seed),
  traces: Number(values.traces ?? 20),
  judges: values.judges.split(',').filter(Boolean),
  faults: values.faults.split(',').filter(Boolean),
  quick: values.quick,
};
const cells = cellsOf(plan);
const played = await play(plan, cells.length, Number(values.threads), (done) => {
  if (done % 50 === 0 || done === cells.length) process.stderr.write(`${done} of ${cells.length} kinds of release played\n`);
});
const report = reportOf(selector(cells, played), judgesNamed(plan.judges), cells);
console.log(values.json ? JSON.stringify(report) : worded(report));
process.exitCode = report.criteria.every(({ pass, isNote }) => pass || isNote) ? 0 : 1;
