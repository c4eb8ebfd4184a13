/** The exit code of `audit verify` for a broken trail. The CLI's other codes are 0, 1 and 2 (README, Operate). */
export const BROKEN_TRAIL = 3;

const meanings = [
  '0  each trail is intact',
  '1  Sluice has a defect',
  '2  an error that you can correct, such as an unknown id',
  `${BROKEN_TRAIL}  a trail is broken`,
];

export const verifyExitCodes = ['', 'Exit codes:', ...meanings.map((meaning) => `  ${meaning}`)].join('\n');
