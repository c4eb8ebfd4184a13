import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { probeEvent, probeResponse } from '#target/http-event';

const get = (path: string) => probeEvent({ name: 'p', method: 'GET', path, expectStatus: 200 });

describe('probeEvent', () => {
  it('makes an HTTP event of payload format 2.0 with method, path, query and body', () => {
    const event = probeEvent({ name: 'p', method: 'POST', path: '/total?currency=EUR&deep=', body: '{"a":1}', expectStatus: 200 });

    expect(event).toEqual({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/total',
      rawQueryString: 'currency=EUR&deep=',
      queryStringParameters: { currency: 'EUR', deep: '' },
      headers: { 'content-type': 'application/json', 'user-agent': 'sluice-probe' },
      requestContext: { http: { method: 'POST', path: '/total', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'sluice-probe' } },
      body: '{"a":1}',
      isBase64Encoded: false,
    });
  });

  it('makes an event with an empty query and no body if the probe has none', () => {
    expect(get('/health')).toMatchObject({ rawPath: '/health', rawQueryString: '', queryStringParameters: {}, body: undefined });
  });

  it('keeps the whole query, even with a second question mark', () => {
    expect(get('/search?q=why?&page=2')).toMatchObject({
      rawPath: '/search',
      rawQueryString: 'q=why?&page=2',
      queryStringParameters: { q: 'why?', page: '2' },
    });
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (path, query) => {
        const event = get(`/${path.replaceAll('?', '')}?${query}`);

        expect(`${event.rawPath}?${event.rawQueryString}`).toBe(`/${path.replaceAll('?', '')}?${query}`);
      }),
      { seed: 12 },
    );
  });
});

describe('probeResponse', () => {
  it('reads the status and body of the service, and decodes base64', () => {
    expect(probeResponse('{"statusCode":503,"body":"down","headers":{}}', undefined)).toEqual({ status: 503, body: 'down' });
    expect(probeResponse('{"statusCode":200,"body":"w6k=","isBase64Encoded":true}', undefined)).toEqual({ status: 200, body: 'é' });
    expect(probeResponse('{"statusCode":200,"body":"w6k=","isBase64Encoded":false}', undefined)).toEqual({ status: 200, body: 'w6k=' });
    expect(probeResponse('{"statusCode":204}', undefined)).toEqual({ status: 204, body: '' });
  });

  it('reads a function that threw as 502, even if its payload says 200', () => {
    expect(probeResponse('{"statusCode":200,"body":"ok"}', 'Unhandled')).toEqual({ status: 502, body: 'the function failed: Unhandled' });
  });

  it.each(['', 'null', '"ok"', '{}', '{"statusCode":"200"}', '{"statusCode":200.5}', '{"statusCode":200,"body":{}}', '{"statusCode":'])(
    'reads a payload that is not HTTP as 502: %j',
    (payload) => {
      expect(probeResponse(payload, undefined)).toEqual({
        status: 502,
        body: 'the function returned something that is not an HTTP response',
      });
    },
  );

  it('reads any payload as 502 or as the status that the service returned', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.option(fc.string({ minLength: 1 }), { nil: undefined }), (payload, failed) => {
        const { status } = probeResponse(payload, failed);

        expect(status === 502 || (!failed && JSON.parse(payload).statusCode === status)).toBe(true);
      }),
      { seed: 13, numRuns: 300 },
    );
  });
});
