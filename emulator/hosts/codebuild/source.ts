import { cpSync, lstatSync, readFileSync } from 'node:fs';
import type { HostContext } from '../host.ts';
import { unzipInto } from '../lambda/code.ts';
import type { Project } from './project.ts';

const ASSET_BUCKET = /^cdk-[a-z0-9]+-assets-/;

/** Puts a project's source into the folder; an object of a bucket is read with the rights of the project's role. */
export async function fetchSource({ source, roleArn }: Project, folder: string, context: HostContext): Promise<void> {
  if (source.type === 'NO_SOURCE') return;
  const [bucket = '', ...rest] = source.location.replace(/^arn:aws:s3:::/, '').split('/');
  const key = rest.join('/');
  if (ASSET_BUCKET.test(bucket)) return putAsset(context.assetPath(key), folder);
  const path = `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  const reply = await context.call(roleArn, { service: 's3', method: 'GET', path });
  if (reply.status !== 200) throw new Error(`the source ${source.location} cannot be read: ${reply.body}`);
  unzipInto(folder, Buffer.from(reply.body));
}

function putAsset(path: string, folder: string): void {
  if (lstatSync(path).isDirectory()) cpSync(path, folder, { recursive: true, dereference: true });
  else unzipInto(folder, readFileSync(path));
}
