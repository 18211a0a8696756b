import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{controller,worker}/src/**/*.test.ts", "packages/*/src/**/*.test.ts", "tools/**/*.test.ts", "bench/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
