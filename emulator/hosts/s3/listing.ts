import type { ApiReply } from '../host.ts';
import type { StoredObject } from './objects.ts';
import { document, iso, type S3Request, tag } from './request.ts';

/** Returns a page of the newest objects, grouped by the delimiter. */
export function listObjects({ call: { query }, bucket, objects }: S3Request): ApiReply {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const most = Number(query.get('max-keys') ?? 1000);
  const token = query.get('continuation-token');
  const after = token ? Buffer.from(token, 'base64url').toString('utf8') : (query.get('start-after') ?? query.get('marker') ?? '');
  const encoded =
    query.get('encoding-type') === 'url' ? (key: string) => encodeURIComponent(key).replaceAll('%2F', '/') : (key: string) => key;
  const { contents, prefixes, last } = grouped(objects.list(bucket, prefix, after), prefix, delimiter, most, after);
  const items = contents.map(
    (o) =>
      `<Contents>${tag('Key', encoded(o.key))}${tag('LastModified', iso(o.modified_ms))}${tag('ETag', o.etag)}${tag('Size', o.size)}${tag('StorageClass', 'STANDARD')}</Contents>`,
  );
  const commons = prefixes.map((common) => `<CommonPrefixes>${tag('Prefix', encoded(common))}</CommonPrefixes>`);
  const next = last ? tag('NextContinuationToken', Buffer.from(last).toString('base64url')) + tag('NextMarker', encoded(last)) : '';
  const head = tag('Name', bucket) + tag('Prefix', encoded(prefix)) + tag('KeyCount', items.length + commons.length) + tag('MaxKeys', most);
  return document('ListBucketResult', head + tag('IsTruncated', Boolean(last)) + next + items.join('') + commons.join(''));
}

function grouped(rows: StoredObject[], prefix: string, delimiter: string, most: number, after: string) {
  const contents: StoredObject[] = [];
  const prefixes = new Set<string>();
  let previous: string | undefined;
  for (const row of rows) {
    const cut = delimiter ? row.key.indexOf(delimiter, prefix.length) : -1;
    const common = cut < 0 ? undefined : row.key.slice(0, cut + delimiter.length);
    if (common && (prefixes.has(common) || after.startsWith(common))) {
      previous = row.key;
      continue;
    }
    if (contents.length + prefixes.size === most) return { contents, prefixes: [...prefixes], last: previous };
    if (common) prefixes.add(common);
    else contents.push(row);
    previous = row.key;
  }
  return { contents, prefixes: [...prefixes], last: undefined };
}

/** Returns all versions and delete markers at once. */
export function listVersions({ call, bucket, objects }: S3Request): ApiReply {
  objects.settings(bucket);
  const rows = objects.versions(bucket, call.query.get('prefix') ?? '');
  const items = rows.map((o, at) => {
    const content =
      tag('Key', o.key) +
      tag('VersionId', o.version) +
      tag('IsLatest', rows[at - 1]?.key !== o.key) +
      tag('LastModified', iso(o.modified_ms));
    return o.deleted
      ? `<DeleteMarker>${content}</DeleteMarker>`
      : `<Version>${content}${tag('ETag', o.etag)}${tag('Size', o.size)}</Version>`;
  });
  return document('ListVersionsResult', tag('Name', bucket) + tag('IsTruncated', false) + items.join(''));
}
