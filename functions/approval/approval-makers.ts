import type { Deployment } from '#deployment/deployment';

const folded = /\r?\n[ \t]+/g;
const named = /^[ \t]*(?:From|Author|Committer|Sender|Co-authored-by|Signed-off-by)[ \t]*:([^\n]*)/gim;
const betweenAddresses = /[\s<>()[\]{}"'`,;:/|\\]+/;
const LONGEST_ADDRESS = 254;

/** Lists every mail address in a text. Also lists `a+x@b` as `a@b`, since some servers ignore the part after a plus. */
const addressesIn = (text: string): string[] =>
  text
    .split(betweenAddresses)
    .filter((word) => word.includes('@') && word.length <= LONGEST_ADDRESS)
    .map((word) => word.replace(/\.$/, ''))
    .flatMap((word) => [word, word.replace(/\+[^@]*(?=@)/, '')]);

const namesIn = (name: string) => [name, ...addressesIn(name)];

/**
 * Lists the makers of a fix: its stated author, the authors that its patch names, and its sender.
 * A maker may say no to the fix, never yes (R-ASK-5).
 */
export function makersOf({ issue, channel }: Pick<Deployment, 'issue' | 'channel'>): string[] {
  if (issue.fix.workflow !== 'ready-patch') return [channel.sender];
  const { author, patch } = issue.fix;
  const inPatch = [...patch.replace(folded, ' ').matchAll(named)].flatMap(([, line]) => addressesIn(line as string));
  return [...new Set([...namesIn(author), ...inPatch, ...namesIn(channel.sender)].map((name) => name.trim().toLowerCase()))];
}
