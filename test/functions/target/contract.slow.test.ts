import { targetContract } from './contract.ts';
import { EcsStage, usersUrl } from './ecs.ts';
import { LambdaStage } from './lambda.ts';
import { artifactNamed, McpStage } from './mcp-stage.ts';
import type { ContractStage } from './releases.ts';

targetContract('a Lambda alias', LambdaStage.start);

targetContract('an ECS service', async (): Promise<ContractStage> => {
  const stage = await EcsStage.start();
  const { target, clock } = stage;
  return {
    target,
    artifact: (name) => stage.artifact('well', name),
    run: (asked) => clock.runUntil(asked),
    later: (seconds) => stage.later(seconds),
    nowMs: () => clock.nowMs(),
    users: (requests) => clock.runUntil(failedOf(`${usersUrl(stage.runtime, stage.service)}/products`, requests)),
    stop: () => stage.stop(),
  };
});

targetContract('an MCP server', async (): Promise<ContractStage> => {
  const stage = await McpStage.start();
  return {
    target: stage.target,
    artifact: artifactNamed,
    run: (asked) => asked,
    later: async (seconds) => {
      stage.nowMs += seconds * 1000;
    },
    nowMs: () => stage.nowMs,
    users: (requests) => stage.users(requests),
    stop: stage.stop,
  };
});

/** Sends requests one after the other. Returns the number that failed. */
async function failedOf(url: string, requests: number): Promise<number> {
  let failed = 0;
  for (let sent = 0; sent < requests; sent++) {
    const answer = await fetch(url);
    await answer.text();
    if (!answer.ok) failed++;
  }
  return failed;
}
