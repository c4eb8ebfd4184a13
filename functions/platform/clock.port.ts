/** The time now. Callers pass it in, so that tests can set it. */
export type Now = () => Date;
