/** On one machine the person at the keyboard submits what the storefront's CI would. */
export const localProducers = { 'ci.storefront': 'arn:aws:iam::000000000000:user/operator' } as const;
