import type { HostContext } from '../host.ts';
import { functionArn } from './names.ts';
import type { Alias, FunctionVersion } from './types.ts';
import { LATEST, type Versions } from './versions.ts';

/** Shows a version as `FunctionConfiguration` of the API. */
export function configurationView(version: FunctionVersion, versions: Versions, context: HostContext, qualified = false): object {
  const { name, configuration, codeSha256, codeSize, description, created, modifiedMs } = version;
  const { Environment, DeadLetterArn, ReservedConcurrency: _, ...rest } = configuration;
  const busy = versions.isBusy(version);
  return {
    FunctionName: name,
    FunctionArn: functionArn(context, name, version.version === LATEST && !qualified ? undefined : version.version),
    ...rest,
    Version: version.version,
    Description: description,
    CodeSha256: codeSha256,
    CodeSize: codeSize,
    PackageType: 'Zip',
    LastModified: new Date(modifiedMs).toISOString().replace('Z', '+0000'),
    RevisionId: versions.revisionOf(version),
    State: busy && created ? 'Pending' : 'Active',
    LastUpdateStatus: busy ? 'InProgress' : 'Successful',
    Environment: { Variables: Environment },
    TracingConfig: { Mode: 'PassThrough' },
    EphemeralStorage: { Size: 512 },
    ...(DeadLetterArn && { DeadLetterConfig: { TargetArn: DeadLetterArn } }),
  };
}

/** Shows an alias as the API does. */
export const aliasView = ({ name, alias, version, weights, description, revisionId }: Alias, context: HostContext): object => ({
  AliasArn: functionArn(context, name, alias),
  Name: alias,
  FunctionVersion: version,
  Description: description,
  RevisionId: revisionId,
  ...(Object.keys(weights).length > 0 && { RoutingConfig: { AdditionalVersionWeights: weights } }),
});
