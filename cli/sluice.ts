#!/usr/bin/env node
import { Command } from 'commander';
import { verifyAudit, verifyExitCodes } from './audit.ts';
import { listDeployments } from './list.ts';
import { register } from './register.ts';
import { showDeployment } from './show.ts';
import { start } from './start/start.ts';
import { stopDeployment } from './stop.ts';
import { submit } from './submit.ts';
import { unlockEnvironment } from './unlock.ts';
import { UsageError } from './usage-error.ts';
import { explainDeployment } from './why.ts';

const program = new Command('sluice')
  .description('Ships fixes of known issues to production, one judged step at a time, and undoes what turns out bad.')
  .option('--outputs <file>', 'the stack outputs of an AWS account (`cdk deploy --outputs-file`); without it, the Sluice that runs here')
  .option('--json', 'print JSON instead of text')
  .showHelpAfterError();

program
  .command('start')
  .description('run the synthesised stack on this machine and send three real issues through it')
  .option('--approve', "answer the approval request as its approver, through the page's form")
  .option('--policy <name>', "`local` (seconds for the guide's minutes) or `guide` (the guide's own durations)", 'local')
  .option('--keep', 'leave it running with the HTTP API up when the issues are through')
  .action((options) => start(options));

program
  .command('register')
  .argument('<file>', 'an application as JSON, its policy as far as it differs from the guide; - reads standard input')
  .option('--dry-run', 'only say whether it can be registered and where its policy leaves the guide')
  .description('register an application, or replace its configuration from the next deployment on')
  .action((file, options) => register(file, { ...program.opts(), ...options }));

program
  .command('submit')
  .argument('<file>', 'an issue as JSON (an EventBridge entry goes to the bus, anything else to the queue); - reads standard input')
  .option('--detected-now', 'date it now; the examples are old, and the time to resolution counts from their date')
  .description('submit one issue')
  .action((file, options) => submit(file, { ...program.opts(), ...options }));

program
  .command('list')
  .option('--quarantined', 'what could not be admitted, with the reason and what to do')
  .description('list deployments, newest first')
  .action((options) => listDeployments({ ...program.opts(), ...options }));

program
  .command('show')
  .argument('<id>')
  .description('what a deployment did and where it stands')
  .action((id) => showDeployment(id, program.opts()));

program
  .command('why')
  .argument('<id>')
  .description('each rule and number behind each decision')
  .action((id) => explainDeployment(id, program.opts()));

program
  .command('audit')
  .description('check the audit trail')
  .command('verify')
  .argument('[id]', 'one deployment; without it, all deployments of all applications')
  .description('hold the audit trail against its own hashes and against the head that each deployment names')
  .addHelpText('after', verifyExitCodes)
  .action((id) => verifyAudit(id, program.opts()));

for (const kind of ['cancel', 'rollback'] as const) {
  program
    .command(kind)
    .argument('<id>')
    .option('--reason <text>', 'why, for the audit trail', `${kind} by an operator`)
    .description(
      kind === 'cancel' ? 'cancel a deployment before it serves all traffic' : 'undo a deployment that is being released or watched',
    )
    .action((id, options) => stopDeployment(kind, id, { ...program.opts(), ...options }));
}

program
  .command('unlock')
  .argument('<application>')
  .argument('<environment>', 'staging or production')
  .option('--reason <text>', 'what was done to restore it, for the audit trail')
  .description('give back the lock that a failed rollback keeps, when what serves passes its health and functional checks')
  .action((application, environment, options) => unlockEnvironment(application, environment, { ...program.opts(), ...options }));

try {
  await program.parseAsync();
} catch (error) {
  const mendable = error instanceof UsageError || (error instanceof Error && /NotFound$/.test(error.name));
  console.error(`sluice: ${error instanceof Error ? (mendable ? error.message : error.stack) : String(error)}`);
  process.exitCode = mendable ? 2 : 1;
}
