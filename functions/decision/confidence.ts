export interface ScoreFacts {
  /** From our own record of outcomes, never from a payload (R-SCORE-11). */
  readonly previousResolutions: number;
  readonly hasRootCause: boolean;
  readonly hasPrevention: boolean;
  readonly solutionLength: number;
  readonly domain: string;
  readonly files: number;
  readonly effortHours: number;
}

export interface ScorePart {
  readonly rule: string;
  readonly hundredths: number;
}

interface Rule {
  readonly rule: string;
  readonly hundredths: number;
  readonly applies: (facts: ScoreFacts) => boolean;
}

/** R-SCORE-1 to 9, row by row. */
const rules: readonly Rule[] = [
  { rule: 'base score', hundredths: 50, applies: () => true },
  { rule: 'resolved 2 times or more before', hundredths: 15, applies: ({ previousResolutions }) => previousResolutions >= 2 },
  { rule: 'resolved 5 times or more before', hundredths: 10, applies: ({ previousResolutions }) => previousResolutions >= 5 },
  { rule: 'root cause is known', hundredths: 10, applies: ({ hasRootCause }) => hasRootCause },
  { rule: 'prevention is named', hundredths: 10, applies: ({ hasPrevention }) => hasPrevention },
  { rule: 'solution is described in over 100 characters', hundredths: 10, applies: ({ solutionLength }) => solutionLength > 100 },
  { rule: 'security issue', hundredths: -20, applies: ({ domain }) => domain === 'security-issues' },
  { rule: 'more than 5 files', hundredths: -10, applies: ({ files }) => files > 5 },
  { rule: 'estimated effort over 2 hours', hundredths: -10, applies: ({ effortHours }) => effortHours > 2 },
];

const NEVER_CERTAIN = 95;

/**
 * Scores a fix in whole hundredths, at most 95 (R-SCORE-10), with each rule's part.
 * Binary fractions would put 5 of the 192 combinations into the wrong band.
 */
export function scoreHundredths(facts: ScoreFacts): { hundredths: number; parts: ScorePart[] } {
  const parts = rules.filter(({ applies }) => applies(facts)).map(({ rule, hundredths }) => ({ rule, hundredths }));
  const sum = parts.reduce((total, part) => total + part.hundredths, 0);
  if (sum <= NEVER_CERTAIN) return { hundredths: sum, parts };
  return { hundredths: NEVER_CERTAIN, parts: [...parts, { rule: 'never 100 % certain', hundredths: NEVER_CERTAIN - sum }] };
}
