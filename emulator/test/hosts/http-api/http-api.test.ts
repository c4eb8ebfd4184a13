import { once } from 'node:events';
import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../clock/clock.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { freshFolder, startTemplate } from '../../assembly.ts';

const START = Date.parse('2026-01-01T12:00:00Z');

const source = `exports.handler = async (event) => {
  switch (event.rawPath) {
    case '/throw': throw new Error('no');
    case '/text': return 'plain text';
    case '/invalid': return { statusCode: 'what' };
    case '/cookies': return { statusCode: 200, cookies: ['a=1; HttpOnly', 'b=2'], headers: { 'Content-Type': 'text/html', 'X-Count': 3 }, body: '<p>hi</p>' };
    case '/binary': return { statusCode: 201, isBase64Encoded: true, headers: { 'content-type': 'image/x' }, body: 'AAH/' };
    case '/away': return { statusCode: 303, headers: { location: '/there' } };
    default: return event;
  }
};`;

const route = (RouteKey: string) => ({
  Type: 'AWS::ApiGatewayV2::Route',
  Properties: {
    ApiId: { Ref: 'Api' },
    RouteKey,
    AuthorizationType: 'NONE',
    Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Proxy' }]] },
  },
});
const template = {
  Resources: {
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'Web', ProtocolType: 'HTTP' } },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true } },
    Web: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Role: 'arn:aws:iam::000000000000:role/Web',
        Handler: 'index.handler',
        Timeout: 20,
        Code: { ZipFile: source },
      },
    },
    Proxy: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: { Ref: 'Api' },
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': ['Web', 'Arn'] },
        PayloadFormatVersion: '2.0',
      },
    },
    Everything: route('$default'),
    Item: route('GET /items/{id}'),
    Special: route('GET /items/special'),
    Files: route('ANY /files/{path+}'),
  },
};

describe('an HTTP API', () => {
  const folder = freshFolder();
  let runtime: Runtime;
  let url: string;

  beforeAll(async () => {
    runtime = await startTemplate(template, new VirtualClock(START), folder);
    url = runtime.resource('Api').attributes.ApiEndpoint ?? '';
  });
  afterAll(() => runtime.stop());

  const eventOf = async (path: string, init?: RequestInit) => (await fetch(url + path, init)).json();

  it('hands a request over in payload format 2.0', async () => {
    const request = { method: 'POST', body: 'name=ä', headers: { cookie: 'one=1; two=2', 'x-mine': 'yes' } };

    expect(await eventOf('/a%20b?x=1&x=2&y=%26', request)).toMatchObject({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/a b',
      rawQueryString: 'x=1&x=2&y=%26',
      queryStringParameters: { x: '1,2', y: '&' },
      cookies: ['one=1', 'two=2'],
      headers: { 'x-mine': 'yes' },
      body: 'name=ä',
      isBase64Encoded: false,
      requestContext: {
        accountId: '000000000000',
        stage: '$default',
        time: '01/Jan/2026:12:00:00 +0000',
        timeEpoch: START,
        http: { method: 'POST', path: '/a b', sourceIp: '127.0.0.1' },
      },
    });
  });

  it.each(['text/csv', 'application/json', 'Application/JSON; charset=utf-8', 'application/xml', 'application/javascript'])(
    'hands a body of %s over as it came',
    async (type) => {
      const event = await eventOf('/', { method: 'PUT', body: 'ä', headers: { 'content-type': type } });

      expect(event).toMatchObject({ body: 'ä', isBase64Encoded: false });
    },
  );

  it.each(['application/x-www-form-urlencoded', 'application/ld+json', 'image/png'])('hands a body of %s over in base64', async (type) => {
    const event = await eventOf('/', { method: 'PUT', body: 'a=1', headers: { 'content-type': type } });

    expect(event).toMatchObject({ body: 'YT0x', isBase64Encoded: true });
  });

  it('hands over a body without a content type in base64, and no body as none', async () => {
    expect(await eventOf('/', { method: 'PUT', body: Uint8Array.of(0, 255) })).toMatchObject({ body: 'AP8=', isBase64Encoded: true });
    expect(await eventOf('/')).toMatchObject({ isBase64Encoded: false });
  });

  it('decodes the path as API Gateway does, and leaves a badly encoded one as it came', async () => {
    expect(await eventOf('/a%2Fb%C3%A4')).toMatchObject({ rawPath: '/a/bä' });
    expect(await eventOf('/%ff%zz')).toMatchObject({ rawPath: '/%ff%zz' });
  });

  it.each([
    ['/items/4%202', { routeKey: 'GET /items/{id}', pathParameters: { id: '4 2' } }],
    ['/items/special', { routeKey: 'GET /items/special' }],
    ['/files/a/b.txt', { routeKey: 'ANY /files/{path+}', pathParameters: { path: 'a/b.txt' } }],
    ['/items/1/2', { routeKey: '$default' }],
    ['//elsewhere', { routeKey: '$default', rawPath: '//elsewhere' }],
    ['/items/%zz', { routeKey: 'GET /items/{id}', pathParameters: { id: '%zz' } }],
  ])('routes %s by the most specific route', async (path, expected) => {
    expect(await eventOf(path)).toMatchObject(expected);
  });

  it('writes status, headers, cookies and binary bodies as the function says', async () => {
    const cookies = await fetch(`${url}/cookies`);
    const binary = await fetch(`${url}/binary`);
    const away = await fetch(`${url}/away`, { redirect: 'manual' });

    expect(cookies.headers.getSetCookie()).toEqual(['a=1; HttpOnly', 'b=2']);
    expect([cookies.headers.get('content-type'), cookies.headers.get('x-count'), await cookies.text()]).toEqual([
      'text/html',
      '3',
      '<p>hi</p>',
    ]);
    expect([binary.status, ...new Uint8Array(await binary.arrayBuffer())]).toEqual([201, 0, 1, 255]);
    expect([away.status, away.headers.get('location')]).toEqual([303, '/there']);
  });

  it('infers a response from anything without a status', async () => {
    const text = await fetch(`${url}/text`);

    expect([text.status, text.headers.get('content-type'), await text.text()]).toEqual([200, 'application/json', 'plain text']);
  });

  it('returns 500 for a function that throws or returns nonsense, without the reason', async () => {
    for (const path of ['/throw', '/invalid']) {
      const answer = await fetch(url + path);
      expect([answer.status, await answer.json()]).toEqual([500, { message: 'Internal Server Error' }]);
    }
  });

  it('gives an HTTP API the same address after a restart', async () => {
    await runtime.stop();
    runtime = await startTemplate(template, new VirtualClock(START), folder);

    expect(runtime.resource('Api').attributes.ApiEndpoint).toBe(url);
    const [answer] = await once(get(url, { agent: false }), 'response');
    expect(answer.statusCode).toBe(200);
  });
});
