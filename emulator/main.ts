import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type HostOptions, hostAssembly, UsageError } from './command/host-assembly.ts';
import { reportOf, textOf } from './command/report.ts';
import { NotHosted } from './hosts/host.ts';

const HIGHEST_PORT = 65_535;

const program = new Command('emulator')
  .description('Hosts one stack of a synthesized CDK app on this machine, and names everything in it that it cannot host.')
  .argument('<assembly>', 'the folder that `cdk synth` wrote, usually cdk.out')
  .option('--stack <name>', 'the stack to host, if the assembly has several')
  .addOption(new Option('--port <number>', 'the port of the AWS endpoint; without it, the port of the last run').argParser(portOf))
  .option('--data-dir <folder>', 'the folder of all data, to resume from later; without it, .emulator/STACK')
  .option('--json', 'print JSON instead of text')
  .addHelpText('after', '\nExit codes: 0 stopped by Ctrl-C, 2 refused (all reasons are printed), 1 failed.')
  .exitOverride()
  .action(run);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

async function run(assembly: string, { json, ...options }: HostOptions & { json?: boolean }): Promise<void> {
  const hosted = await hostAssembly(assembly, options);
  const report = reportOf(hosted);
  const stop = () => void hosted.runtime.stop().finally(() => hosted.lock.close());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  console.log(json ? JSON.stringify(report) : textOf(report));
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof NotHosted) return refused('This emulator does not host:\n  ', error.reasons);
  if (error instanceof UsageError) return refused('', [error.message]);
  console.error(error);
  return 1;
}

function refused(title: string, reasons: readonly string[]): number {
  if (program.opts().json) console.log(JSON.stringify({ refused: reasons }));
  else console.error(title + reasons.join('\n  '));
  return 2;
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= HIGHEST_PORT) return port;
  throw new InvalidArgumentError(`A port is a whole number from 0 to ${HIGHEST_PORT}.`);
}
