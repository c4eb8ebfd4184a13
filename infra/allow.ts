import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** Lets a role do exactly these actions to exactly these resources. */
export const allow = (grantee: IGrantable, actions: string[], resources: string[], conditions?: Record<string, Record<string, string>>) =>
  grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources, conditions }));
