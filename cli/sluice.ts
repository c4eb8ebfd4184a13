import { Command, Option } from 'commander';
import { CANCEL_WORKS } from '#approval/stop-request';
import { verifyExitCodes } from './exit-codes.ts';

// Each command loads only its own modules, because loading all AWS clients takes time.
const program = new Command('sluice')
  .description('Ships fixes of known issues to production, one judged step at a time, and rolls bad ones back.')
  .option(
    '--outputs <file>',
    'use the AWS account of these stack outputs (`cdk deploy --outputs-file`); default: the Sluice that runs in this folder',
  )
  .option('--json', 'print JSON instead of text')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .showHelpAfterError();

program
  .command('start')
  .description('run the synthesized stack on this machine and send three real issues through it')
  .option('--approve', "approve when asked, as the approver would: through the page's form")
  .option('--policy <name>', "`local` (seconds instead of minutes) or `guide` (the default policy's real durations)", 'local')
  .option('--keep', 'keep Sluice and its HTTP API running after the three issues have ended')
  .action(async (options) => (await import('./start/start.ts')).start(options));

program
  .command('register')
  .argument('<file>', 'an application as JSON; its policy names only what differs from the default; - reads standard input')
  .option('--dry-run', 'only check it, and print where its policy differs from the default')
  .description('register an application, or replace its configuration from the next deployment on')
  .action(async (file, options) => (await import('./register.ts')).register(file, { ...program.opts(), ...options }));

program
  .command('submit')
  .argument('<file>', 'an issue as JSON (an EventBridge entry goes to the bus, anything else to the queue); - reads standard input')
  .option('--detected-now', 'set the detection time to now: the time to resolution counts from it, and the examples are old')
  .description('submit one issue')
  .action(async (file, options) => (await import('./submit.ts')).submit(file, { ...program.opts(), ...options }));

program
  .command('list')
  .option('--quarantined', 'list the messages that Sluice could not admit, with the reason and what to do')
  .description('list deployments, newest first')
  .action(async (options) => (await import('./list.ts')).listDeployments({ ...program.opts(), ...options }));

program
  .command('show')
  .argument('<id>')
  .description('print the status of a deployment and each event so far')
  .action(async (id) => (await import('./show.ts')).showDeployment(id, program.opts()));

program
  .command('why')
  .argument('<id>')
  .description('print each rule and number behind each decision')
  .action(async (id) => (await import('./why.ts')).explainDeployment(id, program.opts()));

program
  .command('audit')
  .description('check the audit trail')
  .command('verify')
  .argument('[id]', 'one deployment; without it, all deployments of all applications')
  .description('check the audit trail by its hashes and by the last row that each deployment names')
  .addHelpText('after', verifyExitCodes)
  .action(async (id) => (await import('./audit.ts')).verifyAudit(id, program.opts()));

for (const kind of ['cancel', 'rollback'] as const) {
  program
    .command(kind)
    .argument('<id>')
    .option('--reason <text>', 'why, for the audit trail', `${kind} by an operator`)
    .description(
      kind === 'cancel' ? `cancel a deployment, ${CANCEL_WORKS}` : 'roll back a deployment that is being released, monitored or verified',
    )
    .action(async (id, options) => (await import('./stop.ts')).stopDeployment(kind, id, { ...program.opts(), ...options }));
}

program
  .command('unlock')
  .argument('<application>')
  .argument('<environment>', 'staging or production')
  .option('--reason <text>', 'what you did to restore it, for the audit trail (required)')
  .description('release the lock that a failed rollback keeps, if the serving version passes its health and functional checks')
  .action(async (application, environment, options) =>
    (await import('./unlock.ts')).unlockEnvironment(application, environment, { ...program.opts(), ...options }),
  );

program
  .command('judge')
  .description('judge recorded metrics with the code that judges releases, and print one JSON line for each id')
  .addOption(
    new Option(
      '--pairs <file>',
      '{"vectors": [{id, direction?, control, experiment}]} or {"scenarios": [{id, metrics: […]}]}, an array of these, or one on each line; - reads standard input',
    ),
  )
  .addOption(
    new Option(
      '--traces <file>',
      '{id, intervals: [{t, candidate: {n, errors, slow, cpu, memory}, baseline?}], history}, an array of these, {"traces": […]}, or one on each line; - reads standard input',
    ).conflicts('pairs'),
  )
  .addOption(
    new Option('--policy <name>', 'how to judge traces: by the limits as written (literal), or by statistics (sequential)')
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
