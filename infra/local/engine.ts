import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Callers } from './callers.ts';
import { realClock } from './clock.ts';
import { Endpoint } from './endpoint.ts';
import type { ApiReply, HostContext } from './host.ts';
import { hostStepFunctions } from './step-functions.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8083' },
    /** Where Lambda, SQS and whatever else the machines call is answered. */
    endpoint: { type: 'string', default: 'http://127.0.0.1:5077' },
    data: { type: 'string' },
    account: { type: 'string', default: '000000000000' },
    region: { type: 'string', default: 'us-east-1' },
  },
});

const dataDir = values.data ?? mkdtempSync(join(tmpdir(), 'engine-'));
const callers = new Callers(dataDir, values.account);
const endpoint = new Endpoint(callers, console.error);
const url = await endpoint.listen(Number(values.port));
const call: HostContext['call'] = (callerArn, request) =>
  request.service === 'states' ? toItself(callerArn, request) : outside(callerArn, request);
const context: HostContext = {
  clock: realClock(),
  region: values.region,
  account: values.account,
  dataDir,
  endpoint: url,
  credentialsFor: (arn) => callers.credentialsFor(arn),
  assetPath: (objectKey) => objectKey,
  call,
  log: console.error,
};
const host = hostStepFunctions(context, { publish: () => undefined });
endpoint.attach(host);
await host.start();
console.log(`Step Functions engine on ${url}, data in ${dataDir}, other services at ${values.endpoint}`);
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());

async function stop(): Promise<void> {
  await host.stop();
  await endpoint.close();
}

type Request = Parameters<HostContext['call']>[1];

async function toItself(callerArn: string, { service, operation = '', headers = {}, body = '' }: Request): Promise<ApiReply> {
  const caller = { arn: callerArn };
  return await endpoint.dispatch({
    signingName: service,
    operation,
    caller,
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers,
    body: Buffer.from(body),
  });
}

async function outside(callerArn: string, { service, method = 'POST', path = '/', headers = {}, body }: Request): Promise<ApiReply> {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const { accessKeyId } = callers.credentialsFor(callerArn);
  const scope = `${accessKeyId}/${day}/${values.region}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  const response = await fetch(new URL(path, values.endpoint), { method, headers: { ...headers, authorization }, body });
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}
