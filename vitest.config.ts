import { defineConfig } from 'vitest/config';

const AFTER_SCENARIOS = 'test/infra/permissions.test.ts';
const common = { pool: 'forks', testTimeout: 180_000, hookTimeout: 180_000 } as const;

export default defineConfig({
  test: {
    globalSetup: ['test/scenario/assembly.ts'],
    maxWorkers: 2,
    projects: [
      { test: { ...common, name: 'all', include: ['test/**/*.test.ts'], exclude: [AFTER_SCENARIOS], sequence: { groupOrder: 0 } } },
      { test: { ...common, name: 'after', include: [AFTER_SCENARIOS], sequence: { groupOrder: 1 } } },
    ],
  },
});
