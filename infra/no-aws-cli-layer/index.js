throw new Error('AwsCliLayer needs @aws-cdk/asset-awscli-v1: remove it from devDependencies in package.json, then run npm install');
