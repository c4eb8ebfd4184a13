import { valid } from 'semver';
import type { Issue } from '#deployment/issue';
import type { Policy } from '#policy/policy';
import { isForbidden, touchedPaths } from './touched-paths.ts';

/** Returns the reasons why Sluice may not fix an issue automatically, each with what to do (R-ISSUE-2). */
export function ineligibleBecause(issue: Issue, policy: Policy): string[] {
  if (issue.fix.workflow === 'dependency-bump') {
    const { toVersion } = issue.fix;
    return valid(toVersion) === toVersion
      ? []
      : [`${toVersion} is not a plain version such as 1.2.6; name the first patched version exactly, or bump it by hand`];
  }
  const touched = touchedPaths(issue.fix.patch);
  if (touched.length === 0) return ['the patch is not a unified diff; send what `git diff` or `git format-patch` prints'];
  const forbidden = touched.filter((path) => isForbidden(path, policy.forbiddenPaths));
  return forbidden.length > 0
    ? [`the patch touches ${forbidden.join(', ')}, which Sluice may not change; leave it out or change it by hand`]
    : [];
}
