import type { Policy } from '#policy/policy';

export interface GateFacts {
  readonly previousResolutions: number;
  readonly hundredths: number;
  readonly domain: string;
  readonly workflow: string;
  readonly authorTrusted: boolean;
  readonly fileCount: number;
  readonly files: readonly string[];
  readonly schemaChanges: readonly string[];
  readonly policy: Policy;
}

export interface Gate {
  readonly name: string;
  /** Returns the reason why a person is needed; undefined if the gate does not ask. */
  readonly asks: (facts: GateFacts) => string | undefined;
}

/** The rules that ask for a person at any band (R-GATE-1 to 8). A new gate is a new row here. */
export const gates: readonly Gate[] = [
  {
    name: 'first-time',
    asks: ({ previousResolutions }) => (previousResolutions === 0 ? 'Sluice has never resolved an issue of this kind before' : undefined),
  },
  {
    name: 'large-scope',
    asks: ({ fileCount, policy }) =>
      fileCount > policy.maxFilesWithoutApproval ? `${fileCount} files change, more than ${policy.maxFilesWithoutApproval}` : undefined,
  },
  {
    name: 'schema-change',
    asks: ({ schemaChanges }) => (schemaChanges.length > 0 ? `the database schema changes: ${schemaChanges.join(', ')}` : undefined),
  },
  {
    name: 'irreversible-schema-change',
    asks: ({ files, policy }) => {
      const forGood = irreversibleIn(files, policy);
      return forGood.length > 0
        ? `${forGood.join(', ')} cannot be undone: if the release turns bad, it is frozen and you are paged; it is not rolled back`
        : undefined;
    },
  },
  { name: 'security', asks: ({ domain }) => (domain === 'security-issues' ? 'it is a security issue' : undefined) },
  {
    name: 'unknown-author',
    asks: ({ workflow, authorTrusted }) =>
      workflow === 'ready-patch' && !authorTrusted ? "the patch's author is not authenticated and listed for this application" : undefined,
  },
  {
    name: 'sensitive-path',
    asks: ({ files, policy }) => {
      const sensitive = files.filter((file) => policy.approvalPaths.some((path) => file.startsWith(path)));
      return sensitive.length > 0 ? `the policy asks a person to approve changes of ${sensitive.join(', ')}` : undefined;
    },
  },
  {
    name: 'below-0.90',
    asks: ({ hundredths, policy }) => (policy.below90 === 'approve' && hundredths < 90 ? 'the confidence is below 0.90' : undefined),
  },
];

/** Lists the schema changes that cannot be undone, by the policy's paths. */
export const irreversibleIn = (files: readonly string[], { irreversiblePaths }: Policy): string[] =>
  files.filter((file) => irreversiblePaths.some((path) => file.startsWith(path) || file.endsWith(path)));

/** Lists the gates that ask for a person, each with its reason. */
export function gatesThatSpeak(facts: GateFacts): { gate: string; because: string }[] {
  return gates.flatMap(({ name, asks }) => {
    const because = asks(facts);
    return because ? [{ gate: name, because }] : [];
  });
}
