import { describe, expect, it } from 'vitest';
import { bandOf, stricter } from '#decision/bands';
import { type ScoreFacts, scoreHundredths } from '#decision/confidence';

const combinations: ScoreFacts[] = [0, 2, 5].flatMap((previousResolutions) =>
  Array.from({ length: 64 }, (_, bits) => ({
    previousResolutions,
    hasRootCause: Boolean(bits & 1),
    hasPrevention: Boolean(bits & 2),
    solutionLength: bits & 4 ? 101 : 100,
    domain: bits & 8 ? 'security-issues' : 'code-quality',
    files: bits & 16 ? 6 : 5,
    effortHours: bits & 32 ? 2.5 : 2,
  })),
);

/** The formula with floating-point sums (R-SCORE-1 to 10). */
function guideScore({ previousResolutions, hasRootCause, hasPrevention, solutionLength, domain, files, effortHours }: ScoreFacts): number {
  let score = 0.5;
  if (previousResolutions >= 2) score += 0.15;
  if (previousResolutions >= 5) score += 0.1;
  if (hasRootCause) score += 0.1;
  if (hasPrevention) score += 0.1;
  if (solutionLength > 100) score += 0.1;
  if (domain === 'security-issues') score -= 0.2;
  if (files > 5) score -= 0.1;
  if (effortHours > 2) score -= 0.1;
  return Math.min(score, 0.95);
}

function integerScore(facts: ScoreFacts): number {
  const points = [
    facts.previousResolutions >= 2 ? 15 : 0,
    facts.previousResolutions >= 5 ? 10 : 0,
    facts.hasRootCause ? 10 : 0,
    facts.hasPrevention ? 10 : 0,
    facts.solutionLength > 100 ? 10 : 0,
    facts.domain === 'security-issues' ? -20 : 0,
    facts.files > 5 ? -10 : 0,
    facts.effortHours > 2 ? -10 : 0,
  ];
  return Math.min(
    95,
    points.reduce((sum, each) => sum + each, 50),
  );
}

describe('scoreHundredths', () => {
  it('adds up R-SCORE-1 to 10 in all 192 combinations, and its parts add up to the score', () => {
    expect(combinations).toHaveLength(192);
    for (const facts of combinations) {
      const { hundredths, parts } = scoreHundredths(facts);

      expect(hundredths).toBe(integerScore(facts));
      expect(parts.reduce((sum, part) => sum + part.hundredths, 0)).toBe(hundredths);
    }
  });

  it('differs from floating-point sums in the band of exactly five combinations', () => {
    const wrong = combinations.filter((facts) => bandOf(guideScore(facts) * 100) !== bandOf(scoreHundredths(facts).hundredths));

    expect(wrong).toHaveLength(5);
  });

  it('gives at most 95, and names the cut as a part', () => {
    const best = scoreHundredths({
      previousResolutions: 9,
      hasRootCause: true,
      hasPrevention: true,
      solutionLength: 500,
      domain: 'test-failures',
      files: 1,
      effortHours: 1,
    });

    expect(best.hundredths).toBe(95);
    expect(best.parts.at(-1)).toEqual({ rule: 'never 100 % certain', hundredths: -10 });
  });

  it('scores a bare security alert 30, which escalates it', () => {
    const bare = scoreHundredths({
      previousResolutions: 0,
      hasRootCause: false,
      hasPrevention: false,
      solutionLength: 0,
      domain: 'security-issues',
      files: 1,
      effortHours: 0,
    });

    expect(bare.hundredths).toBe(30);
    expect(bandOf(bare.hundredths)).toBe('escalate');
  });
});

describe('bandOf and stricter', () => {
  it.each([
    [49, 'escalate'],
    [50, 'approve'],
    [69, 'approve'],
    [70, 'notify'],
    [89, 'notify'],
    [90, 'autonomous'],
    [95, 'autonomous'],
  ])('puts a score of %i into the band %s', (hundredths, band) => {
    expect(bandOf(hundredths)).toBe(band);
  });

  it('returns the stricter of two requirements in either order', () => {
    expect(stricter('notify', 'approve')).toBe('approve');
    expect(stricter('approve', 'notify')).toBe('approve');
    expect(stricter('autonomous', 'autonomous')).toBe('autonomous');
    expect(stricter('escalate', 'approve')).toBe('escalate');
  });
});
