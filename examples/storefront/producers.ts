/** On one machine, the operator submits the issues that the storefront's CI would submit. */
export const localProducers = { 'ci.storefront': 'arn:aws:iam::000000000000:user/operator' } as const;
