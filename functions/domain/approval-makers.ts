import type { Deployment } from './deployment.ts';

const named = /^(?:From|Author|Co-authored-by|Signed-off-by):(.{1,400})$/gim;
const address = /[^\s<>]+@[^\s<>]+/;

/** Everyone who had a hand in a fix: its stated author, whoever its patch names as one, and whoever sent it. They may say no to it, never yes. */
export function makersOf({ issue, channel }: Pick<Deployment, 'issue' | 'channel'>): string[] {
  if (issue.fix.workflow !== 'ready-patch') return [channel.sender];
  const { author, patch } = issue.fix;
  const inPatch = [...patch.matchAll(named)].flatMap(([, line]) => address.exec(line as string) ?? []);
  return [...new Set([author, ...inPatch, channel.sender].map((name) => name.toLowerCase()))];
}
