import path from 'node:path';
import { defineConfig } from 'vitest/config';

const root = import.meta.dirname;

export default defineConfig({
  resolve: {
    alias: {
      '@': root,
      '@holdfast/sdk': path.join(root, 'lib/sdk/src/index.ts'),
      // The marker refuses to load outside a React server; tests are one.
      'server-only': path.join(root, 'node_modules/server-only/empty.js'),
    },
  },
  test: {
    include: ['lib/**/*.test.ts', 'components/**/*.test.{ts,tsx}', 'app/**/*.test.{ts,tsx}', 'prisma/**/*.test.ts'],
    globalSetup: ['lib/testing/start-postgres.ts'],
    env: { LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent' },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One more than the two cores of a small machine: much of a test is waiting for the database.
    maxWorkers: 3,
    reporters: ['default', ['json', { outputFile: '.holdfast/unit-report.json' }]],
  },
});
