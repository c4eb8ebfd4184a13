import { describe, expect, it } from 'vitest';
import { type Explored, explore } from './explorer.ts';
import { modelOf } from './interleavings.ts';
import { askOneQuestion } from './question-programs.ts';

askOneQuestion();

const told = (name: string, { states, transitions, ends, histories }: Explored) =>
  process.stdout.write(`${name}: ${states} states, ${transitions} transitions, ${ends} ends, ${histories} histories of replies\n`);

describe('a question', () => {
  it('decides a question at most once and keeps the answer, in any order of events and after a crash at any step', async () => {
    const explored = await explore(await modelOf(['approve', 'reject', 'sweep', 'revoke', 'supersede', 'rotate', 'crash']));

    told('two clicks, timeout, sweep, revoke, supersede, key rotation, crash', explored);
    expect(explored.states).toBeGreaterThan(100_000);
  }, 900_000);

  it('shows the recorded result to both copies of a form that was sent twice, even if another approver answers meanwhile', async () => {
    const explored = await explore(await modelOf(['approve', 'again', 'reject', 'crash']));

    told('a form sent twice, another click, timeout, crash', explored);
    expect(explored.states).toBeGreaterThan(1_000);
  }, 900_000);

  it('decides a quorum of two by two yes or one no, and thanks no approver who was overruled', async () => {
    const explored = await explore(await modelOf(['approve', 'second', 'revoke', 'crash'], 2));
    const overruled = await explore(await modelOf(['approve', 'reject', 'revoke', 'crash'], 2));

    told('two who say yes of two, timeout, revoke, crash', explored);
    told('a yes and a no of two, timeout, revoke, crash', overruled);
    expect(explored.states + overruled.states).toBeGreaterThan(1_000);
  }, 900_000);

  it('asks again under a new token after a forged callback, and still decides once', async () => {
    const explored = await explore(await modelOf(['approve', 'reject', 'forge', 'crash']));

    told('two clicks, timeout, forged callback, crash', explored);
    expect(explored.states).toBeGreaterThan(1_000);
  }, 900_000);
});
