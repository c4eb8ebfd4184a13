import { describe, expect, it } from 'vitest';
import { invoke, only, Stage } from './stage.ts';

const pass = (more: object) => only({ Type: 'Pass', End: true, ...more });
const outputOf = async (Output: unknown, input: unknown = {}) => JSON.parse((await new Stage().run(pass({ Output }), input)).output);
const failureOf = async (machine: object, input: unknown = {}) => {
  const stage = new Stage();
  const arn = await stage.start(machine, input);
  const { error, cause } = await stage.end(arn);
  const details = (await stage.history(arn)).find(({ type }) => type === 'EvaluationFailed')?.evaluationFailedEventDetails;
  return { error, cause, location: details?.location };
};

describe('expressions', () => {
  it.each([
    ['$partition([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]],
    ['$range(1, 9, 2)', [1, 3, 5, 7, 9]],
    ['$range(3, 1, -1)', [3, 2, 1]],
    ['$random(42)', 0.7275636800328681],
    ['$range(-1.7, 2, 1)', [-1, 0, 1, 2]],
    ['1/0', 'Infinity'],
    ["$hash('a', 'SHA-256')", 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
    ['$parse(\'{"a":[1]}\').a', [1]],
    ['$random(7) = $random(7)', true],
    ['$random() < 1', true],
    ['$uuid() != $uuid()', true],
    ['$now()', '2026-01-01T00:00:00.000Z'],
    ["$now('[Y0001]')", '2026'],
    ['$millis()', 1767225600000],
  ])('evaluates %s', async (expression, expected) => {
    expect(await outputOf(`{% ${expression} %}`)).toEqual(expected);
  });

  it.each([
    ['one value', '$range(1, 9, 9)', 1],
    ['one value in an array', '[$range(1, 9, 9)]', [1]],
    ['one value that must stay an array', '$range(1, 9, 9)[]', [1]],
    ['one value in an object', "{'a': $range(3, 3, 1)}", { a: 3 }],
    ['one value for a loop', '$map($range(5, 5, 1), function($x) { $x * 2 })', 10],
    ['no value', '$exists($range(5, 1, 1))', false],
    ['no value for a step of zero', '$exists($range(1, 5, 0))', false],
    ['no value in an array', '[$range(5, 1, 1)]', []],
    ['two values', '$range(1, 2, 1)', [1, 2]],
  ])('returns a sequence from $range: %s', async (_what, expression, expected) => {
    expect(await outputOf(`{% ${expression} %}`)).toEqual(expected);
  });

  it.each([
    ['one chunk of one value', '$partition([0], 1)', [[0]]],
    ['one chunk that is not full', '$partition([0, 1], 5)', [[0, 1]]],
    ['one chunk without a size', '$partition([1, 2, 3])', [[1, 2, 3]]],
    ['an empty chunk without a size', '$partition([], $none)', [[]]],
    ['nothing for an empty array', '$exists($partition([], 2))', false],
    ['nothing for a size that AWS rounds to zero', '$exists($partition([1, 2, 3], 0.5))', false],
    ['several chunks', '$partition([0, 1], 1)', [[0], [1]]],
  ])('returns an array of chunks from $partition: %s', async (_what, expression, expected) => {
    expect(await outputOf(`{% ${expression} %}`)).toEqual(expected);
  });

  it('leaves a string that only contains an expression as it is', async () => {
    expect(await outputOf({ a: ' {% 1 %}', b: '{% 1 %}' })).toEqual({ a: ' {% 1 %}', b: 1 });
  });

  it.each([
    ['recursion without an end', '{% ($f := function($x){ $f($x + 1) }; $f(1)) %}', 'Expression evaluation timeout'],
    ['a function for an answer', '{% $sum %}', 'returned an unsupported result type'],
  ])('ends %s as an error of the state', async (_what, Output, why) => {
    const { status, error, cause } = await new Stage().run(pass({ Output }));

    expect([status, error]).toEqual(['FAILED', 'States.QueryEvaluationError']);
    expect(cause).toContain(why);
  });

  it('leaves text alone where no expression belongs', async () => {
    const { status } = await new Stage().run(pass({ Comment: '{% phone %}', Output: 1 }));

    expect(status).toBe('SUCCEEDED');
  });

  it('gives a state its place and its time', async () => {
    const stage = new Stage();
    const machine = await stage.create(pass({ Output: '{% $states.context %}' }), 'where');

    const { output } = await stage.end(await stage.start(machine, { a: 1 }, 'when'));

    const Id = 'arn:aws:states:us-east-1:000000000000:execution:where:when';
    const RoleArn = 'arn:aws:iam::000000000000:role/machine';
    expect(JSON.parse(output)).toEqual({
      Execution: { Id, Input: { a: 1 }, Name: 'when', RoleArn, StartTime: '2026-01-01T00:00:00Z', RedriveCount: 0 },
      State: { Name: 'Only', EnteredTime: '2026-01-01T00:00:00Z', RetryCount: 0 },
      StateMachine: { Id: machine, Name: 'where' },
    });
  });

  it('assigns all variables from what they were before the state', async () => {
    const States = {
      A: { Type: 'Pass', Assign: { x: 1, y: 2 }, Next: 'B' },
      B: { Type: 'Pass', Assign: { x: '{% $y %}', y: '{% $x %}' }, Output: '{% [$x, $y] %}', Next: 'C' },
      C: { Type: 'Pass', Output: { before: '{% $states.input %}', after: '{% [$x, $y] %}' }, End: true },
    };

    const { output } = await new Stage().run({ StartAt: 'A', States });

    expect(JSON.parse(output)).toEqual({ before: [1, 2], after: [2, 1] });
  });
});

describe('failures of evaluation', () => {
  const where = "An error occurred while executing the state 'Only' (entered at the event id #2). ";

  it('names the expression and the field that came to nothing', async () => {
    expect(await failureOf(pass({ Output: { a: [1, '{% $none %}'] } }))).toEqual({
      error: 'States.QueryEvaluationError',
      cause: `${where}The JSONata expression '$none' specified for the field 'Output/a[1]' returned nothing (undefined).`,
      location: 'Output/a[1]',
    });
  });

  it('reports the error of JSONata', async () => {
    expect(await failureOf(pass({ Assign: { a: "{% 1 + 'one' %}" } }))).toMatchObject({
      cause: `${where}The JSONata expression '1 + 'one'' specified for the field 'Assign/a' threw an error during evaluation. T2002: The right side of the "+" operator must evaluate to a number`,
    });
  });

  it.each([
    ["$eval('1')", '. T1006: Attempted to invoke a non-function'],
    ["$parse('{')", '. D3137: Invalid JSON'],
    ["$partition([1], 'x')", '. T0410: Argument 2 of function "partition" does not match function signature'],
    ['$partition([1], -1)', '. D3137: Second argument must be zero or greater'],
    ['$range(1, 900000, 1)', ': Expression evaluation memory limit exceeded: Check for excessive memory usage'],
  ])('says of %s what AWS says', async (expression, ending) => {
    const about = `The JSONata expression '${expression}' specified for the field 'Output' threw an error during evaluation`;

    expect((await failureOf(pass({ Output: `{% ${expression} %}` }))).cause).toBe(where + about + ending);
  });

  it('refuses a function as a result', async () => {
    expect((await failureOf(pass({ Output: '{% function($x) { $x } %}' }))).cause).toContain('returned an unsupported result type.');
  });

  it.each(['2016-02-31T00:00:00Z', '2016-13-05T21:29:29Z', '2016-12-05T21:29:29', '2016-12-05 21:29:29Z', 'soon'])(
    'does not take %s for a timestamp',
    async (timestamp) => {
      const { cause, location } = await failureOf(only({ Type: 'Wait', Timestamp: '{% $states.input %}', End: true }), timestamp);

      expect(location).toBe('Timestamp');
      expect(cause).toBe(
        `${where}The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${timestamp}`,
      );
    },
  );

  it('catches a failed evaluation; a catcher that fails itself ends the execution', async () => {
    const Catch = [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'After', Output: '{% $states.errorOutput.Nothing %}' }];
    const work = invoke('work', { Output: '{% $none %}', Catch, End: true });
    const stage = new Stage({ functions: { work: () => 1 } });

    const { status, cause } = await stage.run({ StartAt: 'Only', States: { Only: work, After: { Type: 'Succeed' } } });

    expect(status).toBe('FAILED');
    expect(cause).toContain("specified for the field 'Catch[0]/Output' returned nothing");
  });

  it('says when no choice fits', async () => {
    const machine = {
      StartAt: 'Only',
      States: { Only: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'End' }] }, End: { Type: 'Succeed' } },
    };

    expect(await failureOf(machine)).toMatchObject({
      error: 'States.Runtime',
      cause: `${where}Failed to transition out of the state. The state does not point to a next state.`,
    });
  });
});

describe('quotas', () => {
  it('fails a state with an output over 256 KiB with an error that no catcher sees', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Only' }];
    const stage = new Stage({ functions: { work: () => 'a'.repeat(263_000) } });

    const { status, error } = await stage.run(only(invoke('work', { Catch, End: true })));

    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('fails a state that assigns more than 256 KiB', async () => {
    const stage = new Stage({ functions: { work: () => 'a'.repeat(200_000) } });
    const Assign = { first: '{% $states.result.Payload %}', second: '{% $states.result.Payload %}' };

    const { error } = await stage.run(only(invoke('work', { Assign, Output: 'little', End: true })));

    expect(error).toBe('States.DataLimitExceeded');
  });

  it('ends an execution at its 25,000th event', async () => {
    const stage = new Stage();
    const Choices = [{ Condition: '{% false %}', Next: 'End' }];
    const States = { A: { Type: 'Choice', Choices, Default: 'B' }, B: { Type: 'Pass', Next: 'A' }, End: { Type: 'Succeed' } };
    const arn = await stage.start({ StartAt: 'A', States });

    const { status, error, cause } = await stage.end(arn);

    const [last] = (await stage.api('GetExecutionHistory', { executionArn: arn, reverseOrder: true, maxResults: 1 })).events;
    expect({ status, error, cause }).toEqual({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
    expect(last).toMatchObject({ id: 25_000, type: 'ExecutionFailed' });
  });
});
