import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { problemsOf, readLayers, type SourceFile } from '../../lint/rooms.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const layers: Record<string, string>[] = [
  { platform: '' },
  { policy: '' },
  { deployment: '' },
  { release: '', fix: '' },
  { 'services.ts': '' },
  { handlers: '' },
];
const file = (path: string, text: string): SourceFile => ({ path, text });
const errors = file('functions/platform/errors.ts', 'export const busy = 1;\n');
const services = file('functions/services.ts', "import { busy } from '#platform/errors';\n");
const plan = file('functions/release/plan.ts', "import * as z from 'zod';\n");
const locks = file('functions/release/locks.port.ts', 'export interface Locks {}\n');
const store = file('functions/release/locks.dynamodb.ts', "import { DynamoDBClient } from '@aws-sdk/client-dynamodb';\n");
const clock = file('emulator/clock/clock.ts', 'export const clock = 1;\n');
const sound = [errors, services, plan, locks, store, clock];
const rulesBroken = (...more: SourceFile[]) => problemsOf([...sound, ...more], layers).map(({ path, rule }) => `${rule} in ${path}`);

describe('the lint of rooms', () => {
  it('accepts files that keep the rules', () => {
    const flow = file(
      'functions/release/pass-lock-on.flow.ts',
      "import type { Locks } from './locks.port.ts';\nexport async function pass(ports: LockPorts, key: string): Promise<void> {}\n",
    );
    const handler = file('functions/handlers/apply-step.ts', "import { locks } from '#services';\n");

    expect(rulesBroken(flow, handler)).toEqual([]);
  });

  it.each([
    ['a lower room that imports a higher one', 'functions/policy/policy.ts', "import { plan } from '#release/plan';\n", 'upward'],
    [
      'a lower room that imports a type of a higher one',
      'functions/policy/policy.ts',
      "import type { Plan } from '#release/plan';\n",
      'upward',
    ],
    ['a room that imports its neighbor', 'functions/fix/fix.ts', "import { plan } from '#release/plan';\n", 'upward'],
    [
      'a room that imports a folder outside functions',
      'functions/fix/fix.ts',
      "import { clock } from '../../emulator/clock/clock.ts';\n",
      'upward',
    ],
    ['a room that rooms.json does not name', 'functions/attic/attic.ts', '', 'room'],
    ['a rule that imports an SDK', 'functions/release/rule.ts', "import { S3Client } from '@aws-sdk/client-s3';\n", 'pure-rule'],
    [
      'a rule that imports a type of an SDK',
      'functions/release/rule.ts',
      "import type { S3Client } from '@aws-sdk/client-s3';\n",
      'pure-rule',
    ],
    ['a rule that reads files', 'functions/release/rule.ts', "import { readFileSync } from 'node:fs';\n", 'pure-rule'],
    ['a rule that imports an adapter', 'functions/release/rule.ts', "import { store } from './locks.dynamodb.ts';\n", 'pure-rule'],
    ['a rule that reads the clock', 'functions/release/rule.ts', 'export const now = () => new Date();\n', 'pure-rule'],
    ['a rule that draws a random number', 'functions/release/rule.ts', 'export const draw = () => Math.random();\n', 'pure-rule'],
    ['a rule that reads the environment', 'functions/release/rule.ts', 'export const table = process.env.TABLE;\n', 'pure-rule'],
    [
      'a flow that takes no ports',
      'functions/release/a.flow.ts',
      'export async function act(id: string): Promise<void> {}\n',
      'flow-ports',
    ],
    [
      'an arrow flow that takes no ports',
      'functions/release/a.flow.ts',
      'export const act = (id: string): Promise<void> => go(id);\n',
      'flow-ports',
    ],
    [
      'an async arrow flow without ports',
      'functions/release/a.flow.ts',
      'export const act = async (id: string) => go(id);\n',
      'flow-ports',
    ],
    [
      'an async flow without a return type or ports',
      'functions/release/a.flow.ts',
      'export async function act(id: string) {}\n',
      'flow-ports',
    ],
    [
      'a flow that returns a promise, without ports',
      'functions/release/a.flow.ts',
      'export function act(id: string): Promise<void> {}\n',
      'flow-ports',
    ],
    ['infra that makes services', 'infra/app.ts', "import { locks } from '#services';\n", 'services'],
    ['an import by a long path', 'functions/release/a.ts', "import { busy } from '../platform/errors.ts';\n", 'one-way'],
    ['a CLI that opens a room of the emulator', 'cli/start.ts', "import { clock } from '../emulator/clock/clock.ts';\n", 'emulator'],
    ['a CLI that uses the test kit of the emulator', 'cli/start.ts', "import { kit } from '@sluice/emulator/testing';\n", 'emulator'],
    [
      'an emulator that imports the product',
      'emulator/hosts/s3.ts',
      "import { plan } from '../../functions/release/plan.ts';\n",
      'emulator',
    ],
  ])('finds %s', (_, path, text, rule) => {
    expect(rulesBroken(file(path, text))).toContain(`${rule} in ${path}`);
  });

  it('finds a flow that imports services', () => {
    const flow = file('functions/release/a.flow.ts', "import { locks } from '#services';\n");

    expect(rulesBroken(flow)).toEqual(
      expect.arrayContaining(['services in functions/release/a.flow.ts', 'upward in functions/release/a.flow.ts']),
    );
  });

  it('finds files that import each other, also by types alone', () => {
    const a = file('functions/release/a.ts', "import type { B } from './b.ts';\n");
    const b = file('functions/release/b.ts', "import type { A } from './a.ts';\n");

    expect(rulesBroken(a, b)).toEqual(['circle in functions/release/a.ts']);
  });

  it('finds a folder with more than 25 files', () => {
    const files = Array.from({ length: 26 }, (_, index) => file(`functions/fix/rule-${index}.ts`, ''));

    expect(rulesBroken(...files)).toEqual(['crowded in functions/fix']);
  });

  it('finds no problem in this repository', () => {
    const paths = execFileSync('git', ['ls-files', '*.ts'], { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
    const files = paths.map((path) => file(path, readFileSync(join(root, path), 'utf8')));

    expect(problemsOf(files, readLayers(root))).toEqual([]);
  });
});
