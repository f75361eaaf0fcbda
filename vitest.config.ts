import { defineConfig } from 'vitest/config';

const globalSetup = ['tests/support/global-setup.ts'];
// Long for a machine that is busy with others; what hangs still ends.
const expectPatience = { poll: { timeout: 30_000 } };

export default defineConfig({
  test: {
    reporters: ['default', './tests/support/totals-reporter.ts'],
    // Integration files mostly wait for PostgreSQL, so two run at once even on two cores.
    maxWorkers: 2,
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], testTimeout: 20_000 } },
      {
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          globalSetup,
          expect: expectPatience,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      // Apart, because it wants promtool: with the others it would be skipped before that is there.
      {
        test: {
          name: 'alerts',
          include: ['tests/alerts/**/*.test.ts'],
          globalSetup,
          expect: expectPatience,
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          globalSetup,
          expect: expectPatience,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
