import { Command, Option } from 'commander';
import { CANCEL_WORKS } from '#approval/stop-request';
import { verifyExitCodes } from './exit-codes.ts';

// Each command loads only what it needs, so that none waits for the AWS clients of another.
const program = new Command('sluice')
  .description('Ships fixes of known issues to production, one judged step at a time, and undoes what turns out bad.')
  .option('--outputs <file>', 'the stack outputs of an AWS account (`cdk deploy --outputs-file`); without it, the Sluice that runs here')
  .option('--json', 'print JSON instead of text')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .showHelpAfterError();

program
  .command('start')
  .description('run the synthesised stack on this machine and send three real issues through it')
  .option('--approve', "answer the approval request as its approver, through the page's form")
  .option('--policy <name>', "`local` (seconds for the guide's minutes) or `guide` (the guide's own durations)", 'local')
  .option('--keep', 'leave it running with the HTTP API up when the issues are through')
  .action(async (options) => (await import('./start/start.ts')).start(options));

program
  .command('register')
  .argument('<file>', 'an application as JSON, its policy as far as it differs from the guide; - reads standard input')
  .option('--dry-run', 'only say whether it can be registered and where its policy leaves the guide')
  .description('register an application, or replace its configuration from the next deployment on')
  .action(async (file, options) => (await import('./register.ts')).register(file, { ...program.opts(), ...options }));

program
  .command('submit')
  .argument('<file>', 'an issue as JSON (an EventBridge entry goes to the bus, anything else to the queue); - reads standard input')
  .option('--detected-now', 'date it now; the examples are old, and the time to resolution counts from their date')
  .description('submit one issue')
  .action(async (file, options) => (await import('./submit.ts')).submit(file, { ...program.opts(), ...options }));

program
  .command('list')
  .option('--quarantined', 'what could not be admitted, with the reason and what to do')
  .description('list deployments, newest first')
  .action(async (options) => (await import('./list.ts')).listDeployments({ ...program.opts(), ...options }));

program
  .command('show')
  .argument('<id>')
  .description('what a deployment did and where it stands')
  .action(async (id) => (await import('./show.ts')).showDeployment(id, program.opts()));

program
  .command('why')
  .argument('<id>')
  .description('each rule and number behind each decision')
  .action(async (id) => (await import('./why.ts')).explainDeployment(id, program.opts()));

program
  .command('audit')
  .description('check the audit trail')
  .command('verify')
  .argument('[id]', 'one deployment; without it, all deployments of all applications')
  .description('hold the audit trail against its own hashes and against the head that each deployment names')
  .addHelpText('after', verifyExitCodes)
  .action(async (id) => (await import('./audit.ts')).verifyAudit(id, program.opts()));

for (const kind of ['cancel', 'rollback'] as const) {
  program
    .command(kind)
    .argument('<id>')
    .option('--reason <text>', 'why, for the audit trail', `${kind} by an operator`)
    .description(
      kind === 'cancel' ? `cancel a deployment, ${CANCEL_WORKS}` : 'undo a deployment that is being released, monitored or verified',
    )
    .action(async (id, options) => (await import('./stop.ts')).stopDeployment(kind, id, { ...program.opts(), ...options }));
}

program
  .command('unlock')
  .argument('<application>')
  .argument('<environment>', 'staging or production')
  .option('--reason <text>', 'what was done to restore it, for the audit trail')
  .description('give back the lock that a failed rollback keeps, when what serves passes its health and functional checks')
  .action(async (application, environment, options) =>
    (await import('./unlock.ts')).unlockEnvironment(application, environment, { ...program.opts(), ...options }),
  );

program
  .command('judge')
  .description('judge recorded metrics as releases are judged; prints one JSON line per id')
  .addOption(
    new Option(
      '--pairs <file>',
      '{"vectors": [{id, direction?, control, experiment}]} or {"scenarios": [{id, metrics: […]}]}, an array of either or one a line; - reads standard input',
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
  .action(async (options) => (await import('./judge/judge.ts')).judge(options));

try {
  await program.parseAsync();
} catch (error) {
  const mendable = error instanceof Error && /^UsageError$|NotFound$/.test(error.name);
  console.error(`sluice: ${error instanceof Error ? (mendable ? error.message : error.stack) : String(error)}`);
  process.exitCode = mendable ? 2 : 1;
}
