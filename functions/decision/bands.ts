import { type Requirement, requirements } from '#deployment/deployment';

/** Finds the band of a score in hundredths (R-BAND-1 to 4). */
export function bandOf(hundredths: number): Requirement {
  if (hundredths >= 90) return 'autonomous';
  if (hundredths >= 70) return 'notify';
  return hundredths >= 50 ? 'approve' : 'escalate';
}

/** Returns the stricter of two requirements. */
export function stricter(a: Requirement, b: Requirement): Requirement {
  return requirements.indexOf(a) >= requirements.indexOf(b) ? a : b;
}
