import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Environment } from "#cluster/commands.ts";
import { exitCodeOf, passSignalsTo, root } from "./processes.mjs";

/** Next's own command, to be run with Node. */
export const nextProgram = join(root, "node_modules", "next", "dist", "bin", "next");

/** Runs Next in this terminal until it ends; answers its exit code. It calls nobody home. */
export function runNext(
  command: "dev" | "start",
  { hostname, port }: { hostname: string; port: number },
  environment: Environment,
): Promise<number> {
  const child = spawn(process.execPath, [nextProgram, command, "--hostname", hostname, "--port", String(port)], {
    cwd: root,
    env: {
      ...environment,
      NODE_ENV: command === "dev" ? "development" : "production",
      NEXT_TELEMETRY_DISABLED: "1",
    },
    stdio: "inherit",
  });
  passSignalsTo(child);
  return exitCodeOf(child);
}
