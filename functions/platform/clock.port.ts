/** The time now. Passed in, so that tests set it. */
export type Now = () => Date;
