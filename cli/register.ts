import { createHash } from 'node:crypto';
import * as z from 'zod';
import { inPresentNames } from '#platform/former-names';
import { type Application, applicationSchema, unanswerable } from '#policy/application';
import { type EnvironmentName, type EnvironmentPolicy, environmentNames, formerPolicyNames, guidePolicy } from '#policy/policy';
import { applications } from '#services';
import { infeasible, longestStandSeconds } from '#watch/feasible';
import { connect } from './connection.ts';
import { readInput } from './read-input.ts';
import { printTable } from './table.ts';

interface RegisterOptions {
  readonly outputs?: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

type Setting = Readonly<Record<'setting' | 'default' | 'here', string>>;

/**
 * Registers an application, or replaces its configuration from the next deployment on.
 * Prints each setting that differs from the default policy.
 */
export async function register(file: string, options: RegisterOptions): Promise<void> {
  const configured = await readInput(
    file,
    configurationFrom((text) => console.error(text)),
  );
  if (!options.dryRun) {
    connect(options.outputs);
    await applications().register(configured);
  }
  if (options.json) return console.log(JSON.stringify(configured, null, 2));
  console.log(`${configured.name} ${options.dryRun ? 'can be' : 'is'} registered, with policy ${configured.policy.version}`);
  const settings = differences(configured.policy, guidePolicy);
  if (settings.length > 0) printTable(settings);
}

/**
 * Reads an application with a `policy` that names only what differs from the default policy.
 * A changed policy gets its own version, and an approval is bound to that version.
 */
export const configurationFrom = (notice: (text: string) => void) =>
  z
    .looseObject({ name: z.string(), policy: z.record(z.string(), z.unknown()).default({}) })
    .transform(({ policy, ...given }): unknown => ({
      ...given,
      policy: { ...over(guidePolicy, underPresentNames(policy, notice)), version: policyVersionOf(given.name, policy) },
    }))
    .pipe(applicationSchema)
    .superRefine((configured, context) => {
      const refuse = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', message, path });
      const { staging, production } = configured.policy;
      for (const [environment, policy] of Object.entries({ staging, production })) {
        for (const { setting, why } of infeasible(policy)) refuse(['policy', environment, setting], why);
        const why = tooShortAPause(configured.targets[environment as EnvironmentName], policy);
        if (why) refuse(['targets', environment, 'pauseMinutes'], why);
      }
      if (staging.approval.quorum > 1 || staging.approval.signIn)
        refuse(['policy', 'staging', 'approval'], 'Sluice releases to staging without a question: only production has approvers');
      for (const [path, message] of unanswerable(configured)) refuse(path, message);
    });

export const configurationSchema = configurationFrom(() => undefined);

/** Accepts settings under their former names, and says once what they are called now. */
function underPresentNames(policy: Readonly<Record<string, unknown>>, notice: (text: string) => void): Record<string, unknown> {
  const environments = environmentNames.flatMap((environment) =>
    environment in policy ? [[environment, policy[environment]] as const] : [],
  );
  for (const [former, present] of Object.entries(formerPolicyNames))
    if (environments.some(([, given]) => isGroup(given) && former in given))
      notice(`the policy setting "${former}" is now called "${present}"; rename it in the configuration`);
  const renamed = environments.map(([environment, given]) => [environment, inPresentNames(given, formerPolicyNames)]);
  return { ...policy, ...Object.fromEntries(renamed) };
}

function tooShortAPause(target: Application['targets'][EnvironmentName], policy: EnvironmentPolicy): string | undefined {
  const needed = longestStandSeconds(policy);
  if (target.kind !== 'ecs' || target.pauseMinutes === undefined || target.pauseMinutes * 60 > needed) return undefined;
  return `a step can take ${needed} s, and ECS would roll back at ${target.pauseMinutes} min; leave pauseMinutes out, and Sluice computes it`;
}

function policyVersionOf(name: string, policy: Readonly<Record<string, unknown>>): unknown {
  if (policy.version !== undefined || Object.keys(policy).length === 0) return policy.version ?? guidePolicy.version;
  return `${name}-${createHash('sha256').update(JSON.stringify(policy)).digest('hex').slice(0, 12)}`;
}

const isGroup = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function over(base: Readonly<Record<string, unknown>>, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const merged = Object.entries(given).map(([key, value]) => {
    const below = base[key];
    return [key, isGroup(below) && isGroup(value) ? over(below, value) : value] as const;
  });
  return { ...base, ...Object.fromEntries(merged) };
}

function differences(here: unknown, standard: unknown, path = ''): Setting[] {
  if (isGroup(here)) {
    const of = isGroup(standard) ? standard : {};
    return Object.entries(here).flatMap(([key, value]) => differences(value, of[key], path ? `${path}.${key}` : key));
  }
  const [said, wanted] = [asText(here), asText(standard)];
  return said === wanted || path === 'version' ? [] : [{ setting: path, default: wanted, here: said }];
}

const asText = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
