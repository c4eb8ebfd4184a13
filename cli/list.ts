import { applications, deployments, quarantine } from '#services';
import { connect } from './connection.ts';
import { printTable } from './table.ts';

export interface ListOptions {
  readonly outputs?: string;
  readonly json?: boolean;
  readonly quarantined?: boolean;
}

/** Prints the newest deployments of each application, or the messages in quarantine. */
export async function listDeployments(options: ListOptions): Promise<void> {
  connect(options.outputs);
  const rows = options.quarantined ? await quarantined() : await recent();
  if (options.json) console.log(JSON.stringify(rows, null, 2));
  else if (rows.length === 0)
    console.log(options.quarantined ? 'no message is in quarantine' : 'no deployments yet; `sluice submit FILE` starts one');
  else printTable(rows);
}

async function recent() {
  const registered = await applications().listApplications();
  const found = (await Promise.all(registered.map(({ name }) => deployments().ofApplication(name, 50)))).flat();
  found.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return found.map(({ id, application, status, issue, decision, createdAt }) => ({
    id,
    application,
    status,
    score: decision ? (decision.scoreHundredths / 100).toFixed(2) : '',
    created: createdAt,
    issue: issue.title,
  }));
}

const quarantined = async () =>
  (await quarantine().listQuarantined()).map(({ at, messageId, channel, reason }) => ({ at, message: messageId, channel, reason }));
