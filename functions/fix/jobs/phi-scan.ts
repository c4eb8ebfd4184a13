export interface Finding {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
}

interface PhiRule {
  readonly rule: string;
  /** `around` is the line and the lines near it, for data that is personal only near a person's name. */
  readonly finds: (line: string, around: string) => boolean;
}

/** Social security numbers that can exist: no area 000, 666 or 9xx, no group 00, no serial 0000 (SSA numbering). */
const writtenSsn = /(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/;
const labelledSsn = /\b(?:ssn|social security (?:number|no))\b\W{0,6}(?!000|666|9\d\d)\d{3}[ -]?(?!00)\d{2}[ -]?(?!0000)\d{4}\b/i;
const record = /\b(?:mrn|medical.?record.?(?:number|no))\b\W{0,6}[A-Z]{0,3}\d{6,10}\b/i;
const provider = /\bnpi\b\W{0,6}(\d{10})\b/i;
const birthday = /\b(?:date.?of.?birth|dob|birth.?date|birthday)\b\W{0,6}(?:\d{4}-\d\d-\d\d|\d{1,2}[/.-]\d{1,2}[/.-]\d{4})/i;
const person = /\b(?:patient|(?:first|last|full|family|given).?name|surname|name)\b\W{0,6}["'`]?[A-Z][a-z]/i;

const rules: readonly PhiRule[] = [
  { rule: 'social-security-number', finds: (line) => writtenSsn.test(line) || labelledSsn.test(line) },
  { rule: 'date-of-birth', finds: (line, around) => birthday.test(line) && person.test(around) },
  { rule: 'medical-record-number', finds: (line) => record.test(line) },
  { rule: 'national-provider-identifier', finds: (line) => isNpi(provider.exec(line)?.[1]) },
];

/** An NPI's check digit is Luhn's over the number with the prefix 80840 (45 CFR 162.406). */
function isNpi(digits: string | undefined): boolean {
  if (!digits) return false;
  const sum = [...`80840${digits}`].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** How many lines before and after count as near, as in JSON with one field per line. */
const BESIDE = 3;

/** Finds personal health data by rule, file and line, and never repeats the data. */
export function scanForPhi(file: string, text: string): Finding[] {
  const lines = text.split('\n').map(spoken);
  return lines.flatMap((line, index) => {
    const around = lines.slice(Math.max(0, index - BESIDE), index + BESIDE + 1).join('\n');
    return rules.filter(({ finds }) => finds(line, around)).map(({ rule }) => ({ rule, file, line: index + 1 }));
  });
}

/** Writes `patientMrn` and `patient_mrn` as `patient mrn`, so that one pattern finds both. */
const spoken = (line: string) => line.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ');
