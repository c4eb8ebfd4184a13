import { describe, expect, it } from 'vitest';
import { inWords } from '#platform/defect';

const trace = Array.from({ length: 3 }, (_, line) => `at file:${line}`);
const caught = (errorMessage: string) => `AliasMoved: ${JSON.stringify({ errorType: 'AliasMoved', errorMessage, trace })}`;

describe('what a machine caught', () => {
  it('is told by the message that a function threw, whatever is in that', () => {
    expect(inWords(caught('it points to version 7'))).toBe('AliasMoved: it points to version 7');
    expect(inWords(caught('said "no": a \\ and\na line'))).toBe('AliasMoved: said "no": a \\ and\na line');
    expect(inWords(caught(''))).toBe('AliasMoved');
  });

  it('is told by its text where that is no JSON, and by its name where nothing can be read', () => {
    expect(inWords('Lambda.Unknown: The cause could not be determined')).toBe('Lambda.Unknown: The cause could not be determined');
    expect(inWords('States.TaskFailed: {"ExecutionArn":"arn","Cause":"{\\"errorMessage\\":\\"x\\"}"}')).toBe('States.TaskFailed');
    expect(inWords(caught('it points to version 7').slice(0, 60))).toBe('AliasMoved');
    expect(inWords('States.Timeout: ')).toBe('States.Timeout');
    expect(inWords('the execution was lost')).toBe('the execution was lost');
    expect(inWords('')).toBe('');
  });

  it('is told in 500 characters at most', () => {
    expect(inWords(`Error: ${'x'.repeat(40_000)}`)).toHaveLength('Error: '.length + 500);
  });
});
