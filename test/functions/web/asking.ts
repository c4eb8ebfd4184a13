import { NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, vi } from 'vitest';
import { genesisHash } from '#deployment/audit-chain';
import type { Approval, Deployment } from '#deployment/deployment';
import { handler } from '#handlers/web';
import { approvals, deployments, linkPorts } from '#services';
import { digestFragment, type Link, type LinkAction, parseLink } from '#web/approval-link';
import { freshForm } from '#web/link-form.flow';
import { signPath } from '#web/links.flow';
import { deploymentWith, fix } from '../../fixtures/deployment.ts';
import { World } from '../../fixtures/world.ts';

export const LEAD = 'lead@acme.example';
export const SRE = 'sre@acme.example';
export const NOW = Date.parse('2026-03-02T09:30:00.000Z');
export const question: Approval = {
  approvalId: 'Q'.repeat(22),
  kind: 'approve',
  status: 'PENDING',
  environment: 'production',
  approvers: [LEAD, SRE],
  digest: Buffer.alloc(32, 1).toString('base64'),
  requestedAt: '2026-03-02T09:00:00.000Z',
  expiresAt: '2026-03-02T10:00:00.000Z',
};
export const asking = deploymentWith({
  sequence: 0,
  headHash: genesisHash,
  status: 'Authorising',
  approval: question,
  fix: { ...fix, digest: question.digest },
  production: undefined,
  outcome: undefined,
  outcomeReason: undefined,
});

let world: World;

/** Gives each test of a file a world of its own. */
export function inAWorldOfItsOwn(): void {
  beforeEach(begin);
  afterEach(() => world.close());
}

async function begin(): Promise<void> {
  world = await World.open();
  vi.setSystemTime(NOW);
  world.sfn.on(DescribeExecutionCommand).resolves({ status: 'RUNNING' });
  mockClient(S3Client).rejects(new NoSuchKey({ message: 'none', $metadata: {} }));
}

/** Starts again with one open question, or with a changed deployment. */
export async function ask(change: Partial<Deployment> = {}): Promise<void> {
  await world.close();
  await begin();
  const first = { type: 'LockAwaited', environment: 'staging', holder: 'x' } as const;
  await deployments().create({ ...asking, ...change }, first, { entryKey: 'before', actor: 'sluice' });
  await approvals().keepToken(question.approvalId, { deploymentId: asking.id, taskToken: 'token-0' });
  await world.register();
}

interface Sent {
  readonly fields?: Readonly<Record<string, string>>;
  readonly method?: string;
  /** The arrival time that API Gateway reports. */
  readonly timeEpoch?: number;
  readonly base64?: boolean;
}

/** Opens one approver's page in a tab. Each send uses the same form and nonce. */
export async function open(action: LinkAction, approver = LEAD) {
  const now = await current();
  const path = await signPath(linkPorts(), now, now.approval, approver, action);
  const { nonce, renderedAt, proof } = await freshForm(linkPorts(), parseLink(path, '') as Link);
  const own = { nonce, rendered: renderedAt, proof, fragment: digestFragment(question.digest) };
  return async ({ fields = {}, method = 'POST', timeEpoch, base64 = false }: Sent = {}) => {
    const text = `${new URLSearchParams({ ...own, ...fields })}`;
    const body = base64 ? Buffer.from(text).toString('base64') : text;
    const requestContext = { http: { method }, timeEpoch };
    const event = { rawPath: path, rawQueryString: '', body, isBase64Encoded: base64, requestContext };
    const answered = await handler(event as never, { awsRequestId: 'r' } as never);
    const { statusCode, body: page } = answered as { statusCode: number; body: string };
    const [, heading] = /<h1>([^<]*)<\/h1>/.exec(page) ?? [];
    const [, note] = /class="note">([^<]*)/.exec(page) ?? [];
    return { statusCode, page, heading, note, counted: page.includes('Your answer counted') };
  };
}

export const current = () => deployments().read(asking.id);
/** Every event that is written down. */
export const rows = () => world.events();
