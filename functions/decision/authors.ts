import type { Deployment } from '#deployment/deployment';

/** Whether a patch's author is listed and the channel that names them is authenticated for that; a fix that Sluice itself makes has no author to trust. */
export function isTrustedAuthor({ issue, channel }: Deployment, authors: readonly { name: string; via: string }[]): boolean {
  if (issue.fix.workflow !== 'ready-patch') return true;
  const { author } = issue.fix;
  return channel.authenticated && authors.some((listed) => listed.name === author && listed.via === channel.sender);
}
