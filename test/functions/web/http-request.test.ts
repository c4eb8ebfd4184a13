import { expect, it } from 'vitest';
import { httpRequest } from '#web/http-request';

const request = { rawPath: '/', rawQueryString: '', requestContext: { http: { method: 'GET' } } };

it.each([
  ['headers', { headers: { authorization: 7 } }],
  ['cookies', { cookies: 'sluice_identity=x' }],
  ['body', { body: {} }],
  ['timeEpoch', { requestContext: { timeEpoch: 'now', http: { method: 'GET' } } }],
])('refuses a request with an unreadable field: %s', (field, change) => {
  const { success, error } = httpRequest.safeParse({ ...request, ...change });

  expect(success).toBe(false);
  expect(error?.issues[0]?.path).toContain(field);
});

it('keeps only the fields that the pages read', () => {
  expect(httpRequest.parse({ ...request, version: '2.0', routeKey: '$default' })).toEqual(request);
});
