/** In characters. All our messages are shorter; a cause may have 32 KB. */
const LONGEST = 500;

/**
 * Puts into words what a machine caught as `Error: Cause`.
 * Lambda's cause is JSON around the message, cut off if it is too long.
 */
export function defectInWords(caught: string): string {
  const [name = '', ...rest] = caught.split(': ');
  const cause = rest.join(': ').trim();
  const message = cause.startsWith('{') ? messageIn(cause) : cause;
  return message ? `${name}: ${message.slice(0, LONGEST)}` : name;
}

function messageIn(cause: string): string {
  const [, literal] = /"errorMessage":\s*"((?:[^"\\]|\\.)*)"/.exec(cause) ?? [];
  return literal === undefined ? '' : (JSON.parse(`"${literal}"`) as string);
}
