import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidToken,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { Executions, TaskTokens } from './executions.port.ts';

export interface MachineArns {
  readonly deployment: string;
  readonly release?: string;
  readonly approval?: string;
  readonly rollback?: string;
}

/** Wakes waiting tasks by their tokens. A token names its execution and state. */
export class StepFunctionsTasks implements TaskTokens {
  readonly #sfn: SFNClient;

  constructor(sfn: SFNClient) {
    this.#sfn = sfn;
  }

  async wake(taskToken: string, output: unknown): Promise<void> {
    try {
      await this.#sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
    } catch (error) {
      const gone = error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken;
      if (!gone) throw error;
    }
  }
}

/** Names executions after deployments, so that a second start changes nothing. */
export class StepFunctionsExecutions implements Executions {
  readonly #sfn: SFNClient;
  readonly #machines: MachineArns;

  constructor(sfn: SFNClient, machines: MachineArns) {
    this.#sfn = sfn;
    this.#machines = machines;
  }

  async startDeployment(deploymentId: string): Promise<void> {
    await this.#start(this.#machines.deployment, deploymentId, { deploymentId });
  }

  async startOrphanedRollback(input: { deploymentId: string; environment: string; reason: string }): Promise<void> {
    await this.#start(this.#machines.rollback as string, `${input.deploymentId}-recover-${input.environment}`, {
      ...input,
      orphaned: true,
    });
  }

  async stopDescendants(deploymentId: string, because: string): Promise<string[]> {
    const { release, approval, rollback } = this.#machines;
    const running = await Promise.all([release, approval, rollback].map((arn) => this.#runningBelow(arn as string, deploymentId)));
    for (const execution of running.flat()) await this.#stop(execution.arn, because);
    return running.flat().map((execution) => execution.name);
  }

  async statusOfDeployment(deploymentId: string): Promise<string | undefined> {
    const executionArn = `${this.#machines.deployment.replace(':stateMachine:', ':execution:')}:${deploymentId}`;
    try {
      return (await this.#sfn.send(new DescribeExecutionCommand({ executionArn }))).status;
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined;
      throw error;
    }
  }

  async #start(stateMachineArn: string, name: string, input: unknown): Promise<void> {
    try {
      await this.#sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  }

  async #runningBelow(stateMachineArn: string, deploymentId: string) {
    const found: { arn: string; name: string }[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.#sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', nextToken }));
      for (const { executionArn, name } of page.executions ?? []) {
        const ownRecovery = name === `${deploymentId}-recover-staging` || name === `${deploymentId}-recover-production`;
        if (executionArn && name?.startsWith(`${deploymentId}-`) && !ownRecovery) found.push({ arn: executionArn, name });
      }
      nextToken = page.nextToken;
    } while (nextToken);
    return found;
  }

  async #stop(executionArn: string, cause: string): Promise<void> {
    try {
      await this.#sfn.send(new StopExecutionCommand({ executionArn, error: 'ParentLost', cause }));
    } catch (error) {
      if (!(error instanceof ExecutionDoesNotExist)) throw error;
    }
  }
}
