import { defineConfig } from 'vitest/config';

const AFTER_SCENARIOS = 'test/infra/permissions.test.ts';
const LONG = ['ecs', 'mcp', 'strategies', 'rollback-rules', 'seldom', 'channels', 'approval-protocol', 'guide-policy', 'staging-fails'];
/** Every target by every strategy, every order of every click, every click in a browser: long ones, run by `npm run test:all`. */
const MATRIX = [...LONG, 'fix-fails', 'recover', 'notify']
  .map((name) => `test/scenario/${name}.test.ts`)
  .concat(
    'test/browser/approver.test.ts',
    'test/approval/interleavings.test.ts',
    'test/target/ecs.test.ts',
    'test/target/contract.test.ts',
  );
const common = { pool: 'forks', testTimeout: 180_000, hookTimeout: 180_000 } as const;

export default defineConfig({
  test: {
    globalSetup: ['test/scenario/assembly.ts'],
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...common,
          name: 'core',
          include: ['test/**/*.test.ts'],
          exclude: [AFTER_SCENARIOS, ...MATRIX],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: 'prose',
          include: ['prose/test/*.test.ts'],
          globalSetup: ['prose/test/install.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...common, name: 'matrix', include: MATRIX, sequence: { groupOrder: 0 } } },
      { test: { ...common, name: 'after', include: [AFTER_SCENARIOS], sequence: { groupOrder: 1 } } },
    ],
  },
});
