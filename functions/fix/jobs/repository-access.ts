import type { Secrets } from '#platform/secrets.port';
import { attempt } from './command.ts';
import type { Brief } from './job-bucket.ts';

/** Runs one git command that connects to the repository's host. */
export type Remote = (cwd: string, ...args: string[]) => void;

/**
 * Returns a git that clones and pushes with the repository's token.
 * The token is in the environment, so no argument, URL, configuration or log holds it.
 */
export async function openRepository(brief: Brief, secrets: Secrets): Promise<Remote> {
  const { repositoryUrl, repositoryTokenSecret } = brief;
  if (!repositoryTokenSecret) return (cwd, ...args) => runOrThrow(cwd, args, brief);
  refuseClearText(repositoryUrl);
  const secret = (await secrets.readSecret(repositoryTokenSecret)).trim();
  const basic = Buffer.from(secret.includes(':') ? secret : `x-access-token:${secret}`).toString('base64');
  return (cwd, ...args) => runOrThrow(cwd, args, brief, basic);
}

function runOrThrow(cwd: string, args: readonly string[], brief: Brief, basic?: string): void {
  const { passed, status, output } = attempt('git', args, cwd, basic ? authorized(basic) : {});
  if (passed) return;
  const said = output.trim().split('\n').slice(-5).join('\n');
  throw new Error(`git ${args[0]} ended with ${status ?? 'a signal'}: ${withoutSecret(said, basic)}${adviceOn(said, brief)}`);
}

/** Redirects are off: a redirect would carry the header to another host. */
const authorized = (basic: string): Record<string, string> => ({
  GIT_CONFIG_COUNT: '2',
  GIT_CONFIG_KEY_0: 'http.extraHeader',
  GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  GIT_CONFIG_KEY_1: 'http.followRedirects',
  GIT_CONFIG_VALUE_1: 'false',
});

/** A host may repeat what it received, so its output may hold the secret. */
function withoutSecret(said: string, basic?: string): string {
  if (!basic) return said;
  const secret = Buffer.from(basic, 'base64').toString();
  return [basic, secret, secret.slice(secret.indexOf(':') + 1)].reduce((text, part) => text.replaceAll(part, '***'), said);
}

function adviceOn(said: string, { repositoryTokenSecret: name }: Brief): string {
  if (!/could not read|authentication failed|error: 40[134]|not found/i.test(said)) return '';
  if (name) return `; the secret ${name} must hold a token, or user:token, that may read this repository and push to it`;
  return "; a private repository needs repositoryTokenSecret in the application's configuration";
}

function refuseClearText(repositoryUrl: string): void {
  const url = URL.canParse(repositoryUrl) ? new URL(repositoryUrl) : undefined;
  const loopback = url?.protocol === 'http:' && url.hostname === '127.0.0.1';
  if (url?.protocol !== 'https:' && !loopback)
    throw new Error('a token is sent over https only; use an https repositoryUrl, or remove repositoryTokenSecret');
}
