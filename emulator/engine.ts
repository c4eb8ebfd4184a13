import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { realClock } from './clock/clock.ts';
import { Callers } from './endpoint/callers.ts';
import { Endpoint } from './endpoint/endpoint.ts';
import type { ApiReply, HostContext } from './hosts/host.ts';
import { hostStepFunctions } from './hosts/states/step-functions.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8083' },
    /** The endpoint of Lambda, SQS and the other services that machines call. */
    endpoint: { type: 'string', default: 'http://127.0.0.1:5077' },
    'data-dir': { type: 'string', default: mkdtempSync(join(tmpdir(), 'engine-')) },
  },
});
const account = '000000000000';
const region = 'us-east-1';
const dataDir = values['data-dir'];
const callers = new Callers(dataDir, account);
// Without a template there is no role, so every caller is the operator, with any key.
const endpoint = new Endpoint({ callerOf: () => ({ arn: callers.operatorArn }) }, console.error);
const url = await endpoint.listen(Number(values.port));
const host = hostStepFunctions(
  {
    account,
    region,
    dataDir,
    clock: realClock(),
    endpoint: url,
    credentialsFor: (arn) => callers.credentialsFor(arn),
    assetPath: (objectKey) => objectKey,
    call: (callerArn, request) => (request.service === 'states' ? toItself : outside)(callerArn, request),
    log: console.error,
  },
  { publish: () => undefined },
);
endpoint.attach(host);
await host.start();
console.log(`Step Functions engine on ${url}, data in ${dataDir}, other services at ${values.endpoint}`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void host.stop().then(() => endpoint.close()));

type Request = Parameters<HostContext['call']>[1];

/** Bypasses HTTP, because the front removes the headers that name the calling task. */
function toItself(arn: string, { service, operation = '', headers = {}, body = '' }: Request): Promise<ApiReply> {
  const call = { signingName: service, operation, caller: { arn }, method: 'POST', path: '/', query: new URLSearchParams(), headers };
  return endpoint.dispatch({ ...call, body: Buffer.from(body) });
}

async function outside(callerArn: string, { service, method = 'POST', path = '/', headers = {}, body }: Request): Promise<ApiReply> {
  const { accessKeyId } = callers.credentialsFor(callerArn);
  const scope = `${accessKeyId}/${new Date().toISOString().slice(0, 10).replaceAll('-', '')}/${region}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  const response = await fetch(new URL(path, values.endpoint), { method, headers: { ...headers, authorization }, body });
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}
