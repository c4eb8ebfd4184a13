import { configDefaults, defineConfig } from 'vitest/config';

const AFTER_SCENARIOS = 'test/infra/permissions.test.ts';
/** The long tests: each target by each strategy, all orders of clicks, and a browser. `npm run test:all` runs them. */
const SLOW = '**/*.slow.test.ts';
const TESTS = ['test/**/*.test.ts', 'emulator/test/**/*.test.ts'];
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
          include: TESTS,
          exclude: [...configDefaults.exclude, AFTER_SCENARIOS, SLOW],
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...common, name: 'slow', include: [SLOW], sequence: { groupOrder: 0 } } },
      {
        test: {
          ...common,
          name: 'prose',
          include: ['prose/test/*.test.ts'],
          globalSetup: ['prose/test/install.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...common, name: 'after', include: [AFTER_SCENARIOS], sequence: { groupOrder: 1 } } },
    ],
  },
});
