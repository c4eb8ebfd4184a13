import { BatchGetBuildsCommand, type CodeBuildClient } from '@aws-sdk/client-codebuild';
import type { BuildStatus, Builds } from './builds.port.ts';

/** Reads what CodeBuild itself recorded about a build. */
export class CodeBuildBuilds implements Builds {
  readonly #codebuild: CodeBuildClient;

  constructor(codebuild: CodeBuildClient) {
    this.#codebuild = codebuild;
  }

  async status(buildId: string): Promise<BuildStatus | undefined> {
    const [build] = (await this.#codebuild.send(new BatchGetBuildsCommand({ ids: [buildId] }))).builds ?? [];
    if (!build) return undefined;
    return {
      buildId,
      status: build.buildStatus ?? 'UNKNOWN',
      phases: (build.phases ?? []).map(({ phaseType = '', phaseStatus = '', contexts = [] }) => ({
        phase: phaseType,
        status: phaseStatus,
        message: contexts.map(({ message }) => message ?? '').join(' '),
      })),
      exported: Object.fromEntries(
        (build.exportedEnvironmentVariables ?? []).map((variable) => [variable.name ?? '', variable.value ?? '']),
      ),
    };
  }
}
