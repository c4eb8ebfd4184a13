import { parentPort, workerData } from 'node:worker_threads';
import { judgesNamed } from './judges.ts';
import { cellsOf, type Plan, tracesOf } from './plan.ts';
import { replay } from './replay.ts';

const plan = workerData as Plan;
const cells = cellsOf(plan);
const judges = judgesNamed(plan.judges);

parentPort?.on('message', (index: number) => {
  const cell = cells[index];
  if (!cell) throw new RangeError(`no cell ${index}`);
  parentPort?.postMessage(replay(plan.seed, index, cell, judges, tracesOf(plan, cells, cell)));
});
