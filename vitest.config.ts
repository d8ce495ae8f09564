import { defineConfig } from "vitest/config";

/** Tests that need a PostgreSQL or a control plane; both are started once for the run, and only if one of these runs. */
const NEED_REAL_SYSTEMS = ["lib/**/*.integration.test.ts", "lib/systems/kubernetes/contract.test.ts"];

export default defineConfig({
  // `server-only` throws outside the react-server condition; the code under test is server code.
  ssr: { resolve: { conditions: ["react-server", "node"] } },
  test: {
    environment: "node",
    // On two cores vitest would take one; most tests wait for git and PostgreSQL.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{lib,components,cluster,estates,bin,app}/**/*.test.ts", "{lib,components}/**/*.test.tsx"],
          exclude: NEED_REAL_SYSTEMS,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: NEED_REAL_SYSTEMS,
          globalSetup: "lib/testing/global-setup.ts",
          // They start many processes, so a busy machine slows them many times over.
          testTimeout: 120_000,
        },
      },
    ],
  },
});
