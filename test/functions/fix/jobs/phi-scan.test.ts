import { describe, expect, it } from 'vitest';
import { scanForPhi } from '#fix/jobs/phi-scan';

const rulesIn = (text: string) => scanForPhi('file', text).map(({ rule }) => rule);

describe('scanForPhi', () => {
  it.each([
    ['social-security-number', "ssn: '536-90-4399'"],
    ['social-security-number', 'patient_ssn=536904399'],
    ['social-security-number', 'Social Security Number: 536 90 4399'],
    ['medical-record-number', 'MRN: 00451278'],
    ['medical-record-number', '"patientMrn": "HX4512789"'],
    ['medical-record-number', 'medical_record_number = 4512789'],
    ['national-provider-identifier', 'npi: 1234567893'],
    ['date-of-birth', "{ name: 'Jane Roe', dateOfBirth: '1961-04-12' }"],
    ['date-of-birth', 'Patient: Jane Roe\nDOB: 4/12/1961'],
    ['date-of-birth', '{\n  "first_name": "Jane",\n  "city": "Oslo",\n  "date_of_birth": "1961-04-12"\n}'],
  ])('finds a %s in %j', (rule, text) => {
    expect(rulesIn(text)).toEqual([rule]);
  });

  it.each([
    ['numbers outside the range of social security numbers', '000-12-3456 666-12-3456 912-12-3456 536-00-4399 536-90-0000'],
    ['a telephone number', 'call 555-123-4567'],
    ['an order number with more groups', 'order 4711-536-90-4399-01'],
    ['a UUID', 'b2f0ee3a-536-90-4399-5c1de3'],
    ['an ISO date', 'detectedAt: 2025-10-31T13:00:00Z'],
    ['a provider number with a wrong check digit', 'npi: 1234567890'],
    ['ten digits without a label', 'const limit = 1234567893;'],
    ['a birthday without a name near it', "const dob = '1961-04-12';"],
    ['a birthday far from a name', `name: 'Jane Roe'\n${'\n'.repeat(5)}dob: '1961-04-12'`],
    ['a field without a value', 'patient.dateOfBirth = parse(input); patient.mrn = input.mrn;'],
    ['a type', 'interface Patient { name: string; dateOfBirth: Date; ssn: string }'],
    ['a version', '"version": "1.2.6"'],
    ['a hash', 'sha512-536904399abcdef'],
  ])('finds nothing in %s', (_what, text) => {
    expect(rulesIn(text)).toEqual([]);
  });

  it('names rule, file and line and does not repeat the data', () => {
    expect(scanForPhi('src/a.mjs', 'one\nMRN 45127890\n')).toEqual([{ rule: 'medical-record-number', file: 'src/a.mjs', line: 2 }]);
  });
});
