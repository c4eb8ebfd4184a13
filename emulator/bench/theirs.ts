import { passes, transitions, waits } from './machines.ts';
import { StateMachine } from './packages/index.ts';
import { report, residentMb } from './report.ts';

const [, , mode = '', , count = ''] = process.argv;
type Definition = ConstructorParameters<typeof StateMachine>[0];

const machine = (definition: object) => new StateMachine(definition as Definition);

const modes: Record<string, () => Promise<void>> = {
  async fill() {
    const emptyMb = residentMb();
    let waiting = 0;
    const asking = machine(waits);
    const keep: unknown[] = [];
    await new Promise<void>((resolve) => {
      const Ask = () => {
        if (++waiting === Number(count)) resolve();
        return new Promise<never>(() => {});
      };
      for (let i = 0; i < Number(count); i++) keep.push(asking.run({}, { overrides: { taskResourceLocalHandlers: { Ask } } }));
    });
    report({ residentMb: residentMb(), emptyMb, kept: keep.length });
  },
  async pass() {
    const passing = machine(passes);
    const startMs = performance.now();
    for (let i = 0; i < Number(count); i++) await passing.run({}).result;
    report({ transitionsPerSecond: (1000 * transitions * Number(count)) / (performance.now() - startMs) });
  },
};
await modes[mode]?.();
process.exit(0);
