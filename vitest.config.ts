import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,helpers,scenarios,setup,test}/**/*.test.ts'],
          exclude: ['**/*.contract.test.ts', '**/*.scenario.test.ts'],
        },
      },
      {
        test: {
          name: 'contract',
          include: ['{src,test}/**/*.contract.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'scenarios',
          include: ['scenarios/**/*.scenario.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
