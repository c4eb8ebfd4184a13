import { Worker } from 'node:worker_threads';
import type { Plan } from './plan.ts';
import type { Played } from './replay.ts';

/** Plays all cells of a plan on some threads. The result is the same for any number of threads. */
export async function play(plan: Plan, cells: number, threads: number, progress: (done: number) => void): Promise<Played[]> {
  const played: Played[][] = [];
  let next = 0;
  let done = 0;
  const work = () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: plan });
    const give = () => (next < cells ? worker.postMessage(next++) : worker.terminate().then(() => resolve(), reject));
    worker.on('error', reject);
    worker.on('message', (answer: Played[]) => {
      played[answer[0]?.cell ?? 0] = answer;
      progress(++done);
      give();
    });
    give();
    return promise;
  };
  await Promise.all(Array.from({ length: threads }, work));
  return played.flat();
}
