import { defineConfig } from "vitest/config";

export default defineConfig({
  // `server-only` throws outside the react-server condition; the code under test is server code.
  ssr: { resolve: { conditions: ["react-server", "node", "module-sync", "default"] } },
  test: {
    include: ["{lib,components,cluster,estates,bin,app}/**/*.test.ts", "{lib,components}/**/*.test.tsx"],
    environment: "node",
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
