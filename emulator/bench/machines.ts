const PASSES = 1000;

/**
 * A machine that gives its token away and waits for it. It uses no JSONata, so that the other engine can run it too.
 */
export const waits = {
  QueryLanguage: 'JSONata',
  StartAt: 'Ask',
  States: {
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: 'ask', Payload: { token: '{% $states.context.Task.Token %}' } },
      TimeoutSeconds: 86_400,
      End: true,
    },
  },
};

/** As many transitions as a history holds of a loop, unrolled, since engines without JSONata cannot count. */
export const passes = {
  QueryLanguage: 'JSONata',
  StartAt: 'Pass1',
  States: Object.fromEntries(
    Array.from({ length: PASSES }, (_, i) => [
      `Pass${i + 1}`,
      { Type: 'Pass', ...(i + 1 < PASSES ? { Next: `Pass${i + 2}` } : { End: true }) },
    ]),
  ),
};

export const transitions = PASSES;
