/** The exit code of `audit verify` for a broken trail. The CLI's other codes are 0, 1 and 2 (README, Operate). */
export const BROKEN_TRAIL = 3;

export const verifyExitCodes = `
Exit codes: 0 each trail is intact, 2 something that you can correct (such as an unknown id), 1 a defect of Sluice, ${BROKEN_TRAIL} a trail is broken.`;
