import { ApiError } from '../host.ts';

/** Values of one query by the start of their period in epoch milliseconds. */
export type Series = ReadonlyMap<number, number>;

type Operand = Series | number;

const COMPUTE: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};

const LEVELS = ['+-', '*/'];

/**
 * Evaluates metric math of `+ - * /`, numbers, parentheses and ids. A period counts only if both sides have a value.
 */
export function evaluate(expression: string, seriesOf: (id: string) => Series): Series {
  const tokens = expression.match(/[a-z]\w*|\d+(?:\.\d+)?|[-+*/()]|\S/g) ?? [];
  const refuse = (): never => {
    throw new ApiError('ValidationError', `The expression ${expression} is not supported locally`);
  };
  const operand = (): Operand => {
    const token = tokens.shift() ?? refuse();
    if (token === '(') {
      const inner = level(0);
      return tokens.shift() === ')' ? inner : refuse();
    }
    if (token === '-') return combine('*', -1, operand());
    if (/^\d/.test(token)) return Number(token);
    return /^[a-z]/.test(token) && tokens[0] !== '(' ? seriesOf(token) : refuse();
  };
  const level = (depth: number): Operand => {
    const signs = LEVELS[depth];
    if (!signs) return operand();
    let left = level(depth + 1);
    while (tokens[0] && signs.includes(tokens[0])) left = combine(tokens.shift() ?? '', left, level(depth + 1));
    return left;
  };
  const result = level(0);
  if (tokens.length > 0 || typeof result === 'number') return refuse();
  return result;
}

function combine(sign: string, a: Operand, b: Operand): Operand {
  const compute = COMPUTE[sign] as (a: number, b: number) => number;
  if (typeof a === 'number' && typeof b === 'number') return compute(a, b);
  const times = [...(typeof a === 'number' ? (b as Series) : a).keys()];
  const at = (operand: Operand, time: number) => (typeof operand === 'number' ? operand : operand.get(time));
  const values = times.flatMap((time) => {
    const x = at(a, time);
    const y = at(b, time);
    const value = x === undefined || y === undefined ? Number.NaN : compute(x, y);
    return Number.isFinite(value) ? [[time, value] as const] : [];
  });
  return new Map(values);
}
