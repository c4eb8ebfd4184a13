// Runs in the function's own process and speaks the Lambda Runtime API. It is JavaScript, because stripping types
// would double the cold start.
import { existsSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [host, port, worker] = process.env.AWS_LAMBDA_RUNTIME_API.split(/[:/]/);
const ROOT = `/${worker}/2018-06-01/runtime`;
const agent = new Agent({ keepAlive: true, maxSockets: 2 });

let clockMs = Number(process.argv[2]);
let startedMs = performance.now();
const now = () => Math.floor(clockMs + performance.now() - startedMs);
const setClock = (epochMs) => {
  clockMs = epochMs;
  startedMs = performance.now();
};

const SystemDate = Date;
SystemDate.now = now;
globalThis.Date = new Proxy(SystemDate, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
  apply: () => new SystemDate(now()).toString(),
});
SystemDate.prototype.constructor = globalThis.Date;

// The pipe ends when the host is killed: what a machine ran dies with the machine.
new Socket({ fd: 3 })
  .on('close', () => process.exit(1))
  .on('error', () => undefined)
  .resume()
  .unref();

// One stream keeps the lines in the order they were written, up to the mark that ends an invocation.
const writeLog = process.stdout.write.bind(process.stdout);
process.stderr.write = writeLog;

function call(method, path, headers = {}, body = '') {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': Buffer.byteLength(body) };
    const sent = request({ host, port, path: ROOT + path, method, agent, headers: { ...headers, ...length } }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(chunks).toString('utf8') }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const described = (thrown) => ({
  errorType: thrown instanceof Error ? thrown.name : typeof thrown,
  errorMessage: thrown instanceof Error ? thrown.message : String(thrown),
  trace: thrown instanceof Error ? (thrown.stack ?? '').split('\n') : [],
});

const fault = (name, message) => Object.assign(new Error(message), { name });

/** The runtimes that still hand a callback to a handler of three parameters; the next ones refuse to load it. */
const CALLBACKS = ['AWS_Lambda_nodejs20.x', 'AWS_Lambda_nodejs22.x'];
const NO_CALLBACKS =
  // prose-ignore sentence-length: AWS's own text
  'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';

async function loadHandler() {
  const named = process.env._HANDLER;
  const dot = named.lastIndexOf('.');
  const base = join(process.env.LAMBDA_TASK_ROOT, named.slice(0, dot));
  const file = ['.js', '.mjs', '.cjs'].map((ending) => base + ending).find(existsSync);
  if (!file) throw fault('Runtime.ImportModuleError', `Error: Cannot find module '${named.slice(0, dot)}'`);
  const loaded = await import(pathToFileURL(file).href);
  const handler = loaded[named.slice(dot + 1)] ?? loaded.default?.[named.slice(dot + 1)];
  if (typeof handler !== 'function') throw fault('Runtime.HandlerNotFound', `${named} is undefined or not exported`);
  if (handler.length >= 3 && !CALLBACKS.includes(process.env.AWS_EXECUTION_ENV))
    throw fault('Runtime.CallbackHandlerDeprecated', NO_CALLBACKS);
  return handler;
}

const contextOf = (headers) => ({
  callbackWaitsForEmptyEventLoop: true,
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
  memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
  awsRequestId: headers['lambda-runtime-aws-request-id'],
  invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
  getRemainingTimeInMillis: () => Math.max(0, Number(headers['lambda-runtime-deadline-ms']) - now()),
});

function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (failure, result) => (failure ? reject(failure) : resolve(result));
    const returned = handler(event, context, callback);
    if (typeof returned?.then === 'function') returned.then(resolve, reject);
    else if (handler.length < 3) resolve(returned);
  });
}

async function serve(handler, { headers, body }) {
  const id = headers['lambda-runtime-aws-request-id'];
  setClock(Number(headers['lambda-runtime-clock-ms']));
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  let outcome = 'response';
  let answer;
  try {
    const returned = await run(handler, JSON.parse(body), contextOf(headers));
    answer = JSON.stringify(returned) ?? 'null';
  } catch (thrown) {
    outcome = 'error';
    answer = JSON.stringify(described(thrown));
    writeLog(`${JSON.stringify({ level: 'ERROR', requestId: id, ...described(thrown) })}\n`);
  }
  writeLog(`\u0000${id}\n`);
  await call('POST', `/invocation/${id}/${outcome}`, {}, answer);
}

async function initError(thrown) {
  writeLog(`${JSON.stringify({ level: 'ERROR', ...described(thrown) })}\n`);
  await call('POST', '/init/error', {}, JSON.stringify(described(thrown)));
  process.exit(1);
}

const handler = await loadHandler().catch(initError);
for (;;) await serve(handler, await call('GET', '/invocation/next'));
