import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownApis } from '../authorization/table.ts';
import { VirtualClock } from '../clock/clock.ts';
import type { ApiCall, Host } from '../hosts/host.ts';
import { createHosts, type Hosts } from '../hosts/hosts.ts';
import { STATE_TYPES } from '../hosts/states/definition.ts';
import { OPERATIONS } from '../hosts/states/operations.ts';
import { CALLS } from '../hosts/states/resource.ts';
import { FIELDS } from '../hosts/states/validation.ts';
import { IGNORED } from '../stack/ignored.ts';
import { freshFolder } from './assembly.ts';
import { contextOf } from './hosts/dynamodb/context.ts';

const file = fileURLToPath(new URL('../README.md', import.meta.url));
const written = readFileSync(file, 'utf8');
const GENERATED = /(?<=<!-- generated -->\n)[\s\S]*(?=<!-- end of generated -->)/;

let hosts: Hosts;
let everyHost: Host[];
beforeAll(() => {
  hosts = createHosts(contextOf(new VirtualClock(0), freshFolder()));
  everyHost = Object.values(hosts);
});
afterAll(async () => {
  for (const host of everyHost) await host.stop();
});

const listed = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(' ');
const row = ([first, names]: readonly [string, readonly string[]]) => `| ${first} | ${listed(names)} |`;

function table(first: string, second: string, rows: readonly (readonly [string, readonly string[]])[]): string {
  return [`| ${first} | ${second} |`, '|---|---|', ...rows.map(row)].join('\n');
}

/** Writes the lists by the tables that the code itself goes by. */
function generated(): string {
  const types = Map.groupBy(everyHost.flatMap(({ resources }) => Object.keys(resources)).sort(), (type) =>
    type.slice(0, type.lastIndexOf('::')),
  );
  const byService = [...types].map(([service, all]) => [`\`${service}\``, all.map((type) => type.slice(service.length + 2))] as const);
  const skipped = Object.entries(IGNORED).map(([type, reason]) => `| \`${type}\` | ${reason} |`);
  const integrations = Object.entries(CALLS).map(([call, patterns]) => [
    call,
    patterns.map((pattern) => (pattern ? `.${pattern}` : 'request')),
  ]);
  return [
    `### Resource types\n\n${table('service', 'types', byService)}`,
    ['### Skipped resource types', '', '| type | reason |', '|---|---|', ...skipped.sort()].join('\n'),
    `### APIs that roles can call\n\n${table('service', 'operations', Object.entries(knownApis()))}`,
    `### The API of Step Functions\n\n${listed(Object.keys(OPERATIONS))}`,
    `### States and their fields\n\n${table(
      'state',
      'fields',
      STATE_TYPES.map((type) => [type, FIELDS[type] ?? []] as const),
    )}`,
    `### What a Task may call\n\nA function by its ARN, \`aws-sdk:sfn\` for the operations of the engine itself, and:\n\n${table('call', 'ways', integrations as [string, string[]][])}`,
  ].join('\n\n');
}

function callOf(signingName: string, operation: string): ApiCall {
  const caller = { arn: 'arn:aws:iam::000000000000:role/anybody' };
  return { signingName, operation, caller, method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, body: Buffer.from('{}') };
}

describe('the README', () => {
  it('lists what the code’s own tables list; `vitest run emulator/test/supported.test.ts -u` writes it again', async () => {
    await expect(written.replace(GENERATED, `\n${generated()}\n\n`)).toMatchFileSnapshot(file);
  });

  it('names no API that its host would not know', async () => {
    const rest = ['lambda', 's3', 'ses'];
    const named = Object.entries(knownApis()).flatMap(([service, names]) =>
      rest.includes(service) ? [] : names.map((name) => [service, name]),
    );
    const answers = named.map(async ([service = '', name = '']) => {
      const host = everyHost.find(({ signingNames }) => signingNames.includes(service));
      const refusal = host ? await host.handle(callOf(service, name)).then(String, String) : 'no host';
      return /no host|not supported locally/.test(refusal) ? [`${service} ${name}: ${refusal}`] : [];
    });

    expect((await Promise.all(answers)).flat()).toEqual([]);
    expect(named.length).toBeGreaterThan(40);
  });
});
