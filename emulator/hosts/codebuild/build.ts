export type BuildStatus = 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'FAULT' | 'TIMED_OUT' | 'STOPPED';

/** One phase as CodeBuild records it; times are in epoch milliseconds. */
export interface PhaseRecord {
  readonly phaseType: string;
  readonly phaseStatus?: BuildStatus;
  readonly startMs: number;
  readonly endMs?: number;
  readonly contexts?: readonly { readonly statusCode: string; readonly message: string }[];
}

/** One build as it is on disk. */
export interface Build {
  readonly id: string;
  readonly arn: string;
  readonly number: number;
  readonly project: string;
  readonly initiator: string;
  readonly variables: Record<string, string>;
  readonly status: BuildStatus;
  readonly startMs: number;
  readonly endMs?: number;
  readonly currentPhase: string;
  readonly phases: readonly PhaseRecord[];
  readonly exported: Record<string, string>;
  readonly timeoutMinutes: number;
  readonly logFile: string;
}

/** Shows a build as the API does. */
export function buildView(build: Build): object {
  const { id, arn, number, project, initiator, variables, status, startMs, endMs, phases, exported } = build;
  return {
    id,
    arn,
    buildNumber: number,
    projectName: project,
    initiator,
    buildStatus: status,
    buildComplete: status !== 'IN_PROGRESS',
    currentPhase: build.currentPhase,
    startTime: startMs / 1000,
    ...(endMs !== undefined && { endTime: endMs / 1000 }),
    timeoutInMinutes: build.timeoutMinutes,
    phases: phases.map(phaseView),
    exportedEnvironmentVariables: pairs(exported),
    environment: { type: 'LINUX_CONTAINER', image: 'local', computeType: 'BUILD_GENERAL1_SMALL', environmentVariables: pairs(variables) },
    logs: { deepLink: `file://${build.logFile}`, groupName: `/aws/codebuild/${project}`, streamName: id.split(':').at(-1) },
  };
}

const phaseView = ({ phaseType, phaseStatus, startMs, endMs, contexts }: PhaseRecord) => ({
  phaseType,
  startTime: startMs / 1000,
  ...(phaseStatus && { phaseStatus }),
  ...(endMs !== undefined && { endTime: endMs / 1000, durationInSeconds: Math.floor((endMs - startMs) / 1000) }),
  ...(contexts && { contexts }),
});

/** Makes the EventBridge event of a build's end, in the words of CodeBuild. */
export function stateChange(build: Build): { source: string; 'detail-type': string; detail: Record<string, unknown>; resources: string[] } {
  return {
    source: 'aws.codebuild',
    'detail-type': 'CodeBuild Build State Change',
    resources: [build.arn],
    detail: {
      'build-status': build.status,
      'project-name': build.project,
      'build-id': build.arn,
      'current-phase': build.currentPhase,
      'current-phase-context': '[]',
      version: '1',
      'additional-information': {
        'build-complete': build.status !== 'IN_PROGRESS',
        'build-number': build.number,
        initiator: build.initiator,
        'timeout-in-minutes': build.timeoutMinutes,
        'build-start-time': new Date(build.startMs).toISOString(),
        'exported-environment-variables': pairs(build.exported),
        phases: build.phases.map(({ phaseType, phaseStatus }) => ({ 'phase-type': phaseType, 'phase-status': phaseStatus })),
      },
    },
  };
}

const pairs = (variables: Record<string, string>) => Object.entries(variables).map(([name, value]) => ({ name, value }));
