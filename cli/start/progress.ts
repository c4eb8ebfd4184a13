import type { AuditRow } from '#deployment/audit-event';
import { type Deployment, hasEnded } from '#deployment/deployment';
import { deployments } from '#services';
import { narrate } from '../narrate.ts';

const POLL_MS = 300;

/** Prints the rows of a deployment as they appear. It prints every fifth successful poll, with a countdown. */
export class Progress {
  readonly #startedMs = Date.now();
  readonly #quietlyWatched = new Map<string, number>();

  say(label: string, text: string): void {
    const seconds = ((Date.now() - this.#startedMs) / 1000).toFixed(1).padStart(6);
    console.log(`${seconds} s  ${label.padEnd(3)} ${text}`);
  }

  /** Follows one deployment until `enough` is true for it, and returns it. */
  async follow(label: string, deploymentId: string, enough: (deployment: Deployment) => boolean = hasEnded, seen = 0): Promise<Deployment> {
    let printed = seen;
    for (;;) {
      const deployment = await deployments().read(deploymentId);
      if (deployment.sequence > printed) {
        const rows = (await deployments().trail(deploymentId)).slice(printed);
        for (const row of rows) this.#print(label, row, deployment);
        printed += rows.length;
      }
      if (enough(deployment)) return deployment;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  #print(label: string, row: AuditRow, deployment: Deployment): void {
    const { event } = row;
    if (event.type !== 'HealthJudged' || event.next !== 'Watch') {
      this.say(label, narrate(event));
      return;
    }
    const phase = `${label}/${event.environment}/${event.phase}`;
    const polls = (this.#quietlyWatched.get(phase) ?? 0) + 1;
    this.#quietlyWatched.set(phase, polls);
    if (polls % 5 !== 1 && event.verdict === 'Successful') return;
    this.say(label, `${narrate(event)}${this.#countdown(deployment, event, row)}`);
  }

  #countdown(deployment: Deployment, event: Extract<AuditRow['event'], { type: 'HealthJudged' }>, row: AuditRow): string {
    const policy = deployment.policy[event.environment];
    const whole = { bake: policy.bakeSeconds, monitor: policy.monitorSeconds, verify: policy.verifySeconds }[event.phase];
    const since = deployment[event.environment]?.phaseStartedAt ?? row.at;
    const left = Math.max(0, whole - (Date.parse(row.at) - Date.parse(since)) / 1000);
    return `, ${Math.ceil(left)} s of ${event.phase} left`;
  }
}
