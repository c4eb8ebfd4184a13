import { ApiError, type ApiReply } from '../host.ts';
import type { Lock } from './objects.ts';
import { bypassed, document, iso, type S3Request, tag, text } from './request.ts';

/** Reads the lock that an upload asks for. */
export function lockOf(headers: Record<string, string>): Lock {
  const until = headers['x-amz-object-lock-retain-until-date'];
  const mode = headers['x-amz-object-lock-mode'];
  if (Boolean(until) !== Boolean(mode))
    throw new ApiError('InvalidArgument', 'Object lock mode and retain-until-date must both be supplied');
  return {
    mode: mode ?? null,
    retain_until_ms: until ? Date.parse(until) : null,
    legal_hold: headers['x-amz-object-lock-legal-hold'] === 'ON' ? 1 : 0,
  };
}

const versionOf = ({ call, bucket, key, objects }: S3Request) => objects.get(bucket, key, call.query.get('versionId') ?? undefined);

export function putRetention(request: S3Request): ApiReply {
  const object = versionOf(request);
  const mode = text(request.call.body, 'Mode') ?? null;
  const until = text(request.call.body, 'RetainUntilDate');
  const lock = { mode, retain_until_ms: until ? Date.parse(until) : null, legal_hold: object.legal_hold };
  request.objects.retain(object, lock, bypassed(request));
  return { status: 200, body: '' };
}

export function putLegalHold(request: S3Request): ApiReply {
  const object = versionOf(request);
  request.objects.retain(object, { ...object, legal_hold: text(request.call.body, 'Status') === 'ON' ? 1 : 0 }, bypassed(request));
  return { status: 200, body: '' };
}

export function getRetention(request: S3Request): ApiReply {
  const { mode, retain_until_ms } = versionOf(request);
  if (!mode) throw new ApiError('NoSuchObjectLockConfiguration', 'The specified object does not have a ObjectLock configuration', 404);
  return document('Retention', tag('Mode', mode) + tag('RetainUntilDate', iso(retain_until_ms ?? 0)));
}

export function lockConfiguration({ bucket, objects }: S3Request): ApiReply {
  const { locked, defaultRetention } = objects.settings(bucket);
  if (!locked) throw new ApiError('ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist for this bucket', 404);
  const rule =
    defaultRetention &&
    `<Rule><DefaultRetention>${tag('Mode', defaultRetention.mode)}${tag('Days', defaultRetention.days)}</DefaultRetention></Rule>`;
  return document('ObjectLockConfiguration', tag('ObjectLockEnabled', 'Enabled') + (rule ?? ''));
}

export const getLegalHold = (request: S3Request): ApiReply =>
  document('LegalHold', tag('Status', versionOf(request).legal_hold ? 'ON' : 'OFF'));
