import { describe, expect, it } from 'vitest';
import { defectInWords } from '#platform/defect';

const trace = Array.from({ length: 3 }, (_, line) => `at file:${line}`);
const caught = (errorMessage: string) => `AliasMoved: ${JSON.stringify({ errorType: 'AliasMoved', errorMessage, trace })}`;

describe('defectInWords', () => {
  it('gives the message that a function threw, also with quotes and line ends', () => {
    expect(defectInWords(caught('it points to version 7'))).toBe('AliasMoved: it points to version 7');
    expect(defectInWords(caught('said "no": a \\ and\na line'))).toBe('AliasMoved: said "no": a \\ and\na line');
    expect(defectInWords(caught(''))).toBe('AliasMoved');
  });

  it('gives the text of a cause that is not JSON, and only the name of an unreadable one', () => {
    expect(defectInWords('Lambda.Unknown: The cause could not be determined')).toBe('Lambda.Unknown: The cause could not be determined');
    expect(defectInWords('States.TaskFailed: {"ExecutionArn":"arn","Cause":"{\\"errorMessage\\":\\"x\\"}"}')).toBe('States.TaskFailed');
    expect(defectInWords(caught('it points to version 7').slice(0, 60))).toBe('AliasMoved');
    expect(defectInWords('States.Timeout: ')).toBe('States.Timeout');
    expect(defectInWords('the execution was lost')).toBe('the execution was lost');
    expect(defectInWords('')).toBe('');
  });

  it('gives at most 500 characters of a message', () => {
    expect(defectInWords(`Error: ${'x'.repeat(40_000)}`)).toHaveLength('Error: '.length + 500);
  });
});
