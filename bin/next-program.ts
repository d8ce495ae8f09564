import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Environment } from "#cluster/commands.ts";
import { exitCodeOf, passSignalsTo, root } from "./processes.mjs";

/** Next's own command, to be run with Node. */
export const nextProgram = join(root, "node_modules", "next", "dist", "bin", "next");

type Address = Readonly<{ hostname: string; port: number }>;

/** What Node is called with to run Next. Most of what a console makes is read once, so a small nursery costs it nothing and saves 30 MB. */
export function nextArguments(command: "dev" | "start", { hostname, port }: Address): string[] {
  return ["--max-semi-space-size=2", nextProgram, command, root, "--hostname", hostname, "--port", String(port)];
}

/** Runs Next in this terminal until it ends; answers its exit code. It calls nobody home. */
export function runNext(command: "dev" | "start", address: Address, environment: Environment): Promise<number> {
  const child = spawn(process.execPath, nextArguments(command, address), {
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
