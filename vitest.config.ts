import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{controller,worker,testbed}/src/**/*.test.ts", "packages/*/src/**/*.test.ts", "tools/**/*.test.ts", "bench/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
