import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Groups run one after the other: what measures packets should not share the machine with what does not.
export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,helpers,scenarios,setup,bench,test}/**/*.test.ts'],
          exclude: ['**/*.contract.test.ts', '**/*.scenario.test.ts'],
          // Pure functions leave nothing behind for the next file.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'contract',
          include: ['{src,test}/**/*.contract.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Most of the time they wait for processes: two share even a small machine.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'scenarios',
          include: ['scenarios/**/*.scenario.test.ts'],
          globalSetup: ['scenarios/shared-clusters.test-helper.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
