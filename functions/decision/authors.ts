import type { Deployment } from '#deployment/deployment';

/**
 * True if a patch's author is listed with the authenticated channel that names them.
 * Other fixes come from Sluice, so they have no author to check.
 */
export function isTrustedAuthor({ issue, channel }: Deployment, authors: readonly { name: string; via: string }[]): boolean {
  if (issue.fix.workflow !== 'ready-patch') return true;
  const { author } = issue.fix;
  return channel.authenticated && authors.some((listed) => listed.name === author && listed.via === channel.sender);
}
