import { type TrailReport, verifyTrail } from '#deployment/verify-trail.flow';
import { applications, deployments } from '#services';
import { connect } from './connection.ts';
import { BROKEN_TRAIL } from './exit-codes.ts';

const PROGRESS_EVERY = 50;

/** Checks the audit trail of one deployment, or of all, by its hashes and by the last row that the deployment names. */
export async function verifyAudit(id: string | undefined, options: { outputs?: string; json?: boolean }): Promise<void> {
  connect(options.outputs);
  const reports = await verified(id ? [id] : await allIds());
  const broken = reports.filter(({ problems }) => problems.length > 0);
  if (broken.length > 0) process.exitCode = BROKEN_TRAIL;
  if (options.json) return console.log(JSON.stringify(asJson(reports), null, 2));
  if (broken.length === 0) return console.log(`intact: ${amount(reports.length, 'trail')}, ${amount(rowsOf(reports), 'row')}`);
  for (const { deploymentId, problems } of broken)
    for (const { sequence, what } of problems) console.log(`${deploymentId}, row ${sequence}: ${what}`);
  console.log(
    `\n${broken.length} of ${amount(reports.length, 'trail')} ${broken.length === 1 ? 'is' : 'are'} broken. ${nextSteps(await exampleKey(broken))}`,
  );
}

async function verified(ids: readonly string[]): Promise<TrailReport[]> {
  const reports: TrailReport[] = [];
  for (const id of ids) {
    reports.push(await verifyTrail({ deployments: deployments() }, id));
    if (reports.length % PROGRESS_EVERY === 0) console.error(`checked ${reports.length} of ${ids.length} trails`);
  }
  return reports;
}

/** Lists the deployments of each application, newest first. Sluice never scans a table. */
async function allIds(): Promise<string[]> {
  const registered = await applications().listApplications();
  const found = await Promise.all(registered.map(({ name }) => deployments().idsOf(name)));
  return found.flat();
}

const asJson = (reports: readonly TrailReport[]) => ({
  trails: reports.length,
  rows: rowsOf(reports),
  problems: reports.flatMap(({ deploymentId, problems }) => problems.map((problem) => ({ deploymentId, ...problem }))),
});

const rowsOf = (reports: readonly TrailReport[]) => reports.reduce((sum, { rows }) => sum + rows, 0);

const amount = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Names the archived copy of the first row that has a problem. If that row is missing, its day is unknown here. */
async function exampleKey([first]: readonly TrailReport[]): Promise<string> {
  const sequence = first?.problems[0]?.sequence ?? 1;
  const rows = (await deployments().storedTrail(first?.deploymentId ?? '')) as { sequence?: unknown; at?: unknown }[];
  const at = rows.find((row) => row.sequence === sequence)?.at;
  const day = typeof at === 'string' ? at.slice(0, 10) : 'DAY';
  return `autonomous-deployments/${day}/${first?.deploymentId}/${String(sequence).padStart(6, '0')}.jsonl`;
}

const nextSteps = (key: string) => `Treat this as an incident:
  1. Leave the audit table as it is: a repair destroys evidence.
  2. Compare each row with its copies in both archive buckets, such as ${key}.
  3. Look in CloudTrail for the principal that wrote to the audit table or changed its policy.`;
