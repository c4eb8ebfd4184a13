import { describe, expect, it } from 'vitest';
import { definitionProblems } from '../../../hosts/states/validation.ts';
import { ask, invoke, only, Stage } from './stage.ts';

describe('definitions', () => {
  const problems = (states: object, more: object = { QueryLanguage: 'JSONata' }) =>
    definitionProblems(JSON.stringify({ StartAt: 'Only', States: states, ...more })).join('\n');

  it.each([
    ['JSONPath', { Only: { Type: 'Succeed' } }, {}, 'JSONPath is not supported'],
    [
      'a JSONPath field',
      { Only: { Type: 'Pass', ResultPath: '$', End: true } },
      undefined,
      "field 'ResultPath' is only supported for the 'JSONPath' QueryLanguage at /States/Only",
    ],
    [
      'an unknown service',
      { Only: { Type: 'Task', Resource: 'arn:aws:states:::sns:publish', End: true } },
      undefined,
      "'arn:aws:states:::sns:publish' is not supported",
    ],
    [
      'an activity',
      { Only: { Type: 'Task', Resource: 'arn:aws:states:us-east-1:000000000000:activity:a', End: true } },
      undefined,
      'activity:a',
    ],
    [
      'a distributed Map',
      { Only: { Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...only({ Type: 'Succeed' }) }, End: true } },
      undefined,
      'Map mode DISTRIBUTED',
    ],
    ['a transition to nowhere', { Only: { Type: 'Pass', Next: 'Nowhere' } }, undefined, "Missing 'Next' target: Nowhere"],
    ['a state that neither ends nor goes on', { Only: { Type: 'Pass' } }, undefined, "Exactly one of 'Next' and 'End'"],
    [
      'JSONata that is newer than AWS reads',
      { Only: { Type: 'Pass', Output: '{% a ?? b %}', End: true } },
      undefined,
      'INVALID_JSONATA_EXPRESSION: The symbol "?" cannot be used as a unary operator at /States/Only/Output',
    ],
    [
      'a name that nothing gives a value',
      { Only: { Type: 'Pass', Output: { v: '{% $states.input.a[b = 1].{ "c": d } & phone %}' }, End: true } },
      undefined,
      "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at /States/Only/Output/v",
    ],
    [
      'no end',
      { Only: { Type: 'Pass', Next: 'Other' }, Other: { Type: 'Pass', Next: 'Only' } },
      undefined,
      'MISSING_END_STATE: Workflow has no terminal state at null',
    ],
    [
      'a state that nothing leads to',
      { Only: { Type: 'Succeed' }, Lost: { Type: 'Succeed' } },
      undefined,
      'MISSING_TRANSITION_TARGET: State "Lost" is not reachable. at /States/Lost',
    ],
    ['JSONPath in one state', { Only: { Type: 'Succeed', QueryLanguage: 'JSONPath' } }, undefined, "'QueryLanguage' can not be 'JSONPath'"],
    [
      'a field of another type of state',
      { Only: { Type: 'Pass', Retry: [], End: true } },
      undefined,
      "Field 'Retry' is not supported at /States/Only",
    ],
    [
      'a retrier that names no error',
      { Only: invoke('work', { Retry: [{ ErrorEqals: ['Late'] }], End: true }) },
      undefined,
      "Field 'ErrorEqals' is not supported at /States/Only/Retry[0]",
    ],
    [
      'States.ALL beside another error',
      { Only: invoke('work', { Retry: [{ ErrorEquals: ['States.ALL', 'Late'] }], End: true }) },
      undefined,
      "'States.ALL' must be alone in 'ErrorEquals' and in the last of 'Retry' at /States/Only/Retry[0]",
    ],
    [
      'States.ALL before another catcher',
      { Only: invoke('work', { Catch: ['States.ALL', 'Late'].map((name) => ({ ErrorEquals: [name], Next: 'Only' })), End: true }) },
      undefined,
      "'States.ALL' must be alone in 'ErrorEquals' and in the last of 'Catch' at /States/Only/Catch[0]",
    ],
    [
      'a retrier without patience',
      { Only: invoke('work', { Retry: [{ ErrorEquals: ['Late'], IntervalSeconds: 0 }], End: true }) },
      undefined,
      'Minimum value is 1 at /States/Only/Retry[0]/IntervalSeconds',
    ],
    [
      'a text where a number belongs',
      { Only: { Type: 'Wait', Seconds: 'ten', End: true } },
      undefined,
      "'Seconds' must be a whole number at /States/Only/Seconds",
    ],
    [
      'a heartbeat that cannot stay away',
      { Only: ask('work', { HeartbeatSeconds: 60, TimeoutSeconds: 60, End: true }) },
      undefined,
      "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'",
    ],
    ['a rule that asks nothing', { Only: { Type: 'Choice', Choices: [{ Next: 'Only' }] } }, undefined, "must have a 'Condition'"],
    [
      'an unknown field in a branch',
      { Only: { Type: 'Parallel', Branches: [only({ Type: 'Succeed' }, { TimeoutSeconds: 5 }, 'Inner')], End: true } },
      undefined,
      "Field 'TimeoutSeconds' is not supported at /States/Only/Branches[0]",
    ],
    [
      'an SDK action that nobody answers here',
      { Only: { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:sfn:deleteActivity', End: true } },
      undefined,
      'aws-sdk:sfn:deleteActivity',
    ],
    [
      'one name for two states',
      { Only: { Type: 'Parallel', Branches: [only({ Type: 'Succeed' })], End: true } },
      undefined,
      'DUPLICATE_STATE_NAME: Duplicate State name: Only at /States/Only/Branches[0]/States/Only',
    ],
    ['retriers that are no list', { Only: invoke('work', { Retry: {}, End: true }) }, undefined, "'Retry' must be an array"],
    ['variables that are no object', { Only: { Type: 'Pass', Assign: null, End: true } }, undefined, "'Assign' must be an object"],
    [
      'a time limit that is no number',
      { Only: { Type: 'Succeed' } },
      { TimeoutSeconds: 'soon' },
      "'TimeoutSeconds' must be a whole number",
    ],
    [
      'an error where there is none',
      { Only: { Type: 'Pass', Output: '{% $states.errorOutput %}', End: true } },
      undefined,
      "UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.errorOutput' does not exist. at /States/Only/Output",
    ],
    [
      'a result before there is one',
      { Only: invoke('work', { Arguments: '{% $states.result %}', End: true }) },
      undefined,
      "Field '$states.result' does not exist. at /States/Only/Arguments",
    ],
    [
      'input by the name that JSONata has for it',
      { Only: { Type: 'Pass', Output: '{% $$ %}', End: true } },
      undefined,
      "Reference to '$$' is not supported. at /States/Only/Output",
    ],
    ['a reserved variable', { Only: { Type: 'Pass', Assign: { states: 1 }, End: true } }, undefined, "'states' is reserved"],
  ])('refuses definitions by name: %s', (_what, states, more, message) => {
    expect(problems(states, more)).toContain(message);
  });

  it('refuses the creation of a definition with a problem', async () => {
    const request = { name: 'm', roleArn: 'arn:aws:iam::000000000000:role/r', definition: '{"StartAt":"A","States":{}}' };

    await expect(new Stage().api('CreateStateMachine', request)).rejects.toMatchObject({ name: 'InvalidDefinition' });
  });

  it('validates a definition without creating it', async () => {
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', ...only({ Type: 'Pass', Next: 'Nowhere' }) });

    const { result, diagnostics } = await new Stage().api('ValidateStateMachineDefinition', { definition });

    expect(result).toBe('FAIL');
    expect(diagnostics[0]).toEqual({
      severity: 'ERROR',
      code: 'MISSING_TRANSITION_TARGET',
      message: "Missing 'Next' target: Nowhere",
      location: '/States/Only/Next',
    });
  });

  it('finds no problem in a good definition', () => {
    expect(problems({ Only: invoke('work', { Next: 'Ask' }), Ask: ask('ask') })).toBe('');
  });
});
