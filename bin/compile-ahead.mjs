// Plain JavaScript without any package, because it runs while they are being installed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { goEnvironment, goFlags, goModule, goPackages, programsCache } from "../cluster/go-build.mjs";

/**
 * Has Go compile what the cluster's programs need into its own cache until the signal aborts, so that a machine is not idle
 * while npm waits for the network. Only the first time: not where programs are there. What becomes of it does not matter: the
 * programs are built afterwards, with whatever is compiled by then.
 * @param {AbortSignal} signal
 */
export function compileAhead(signal) {
  const { GATEHOUSE_CLUSTER_BIN: folder, KUBEBUILDER_ASSETS: assets } = process.env;
  if (folder || assets || existsSync(programsCache(process.env, homedir()))) {
    return;
  }
  const child = spawn("go", ["build", ...goFlags, ...Object.values(goPackages)], {
    cwd: goModule,
    env: { ...process.env, ...goEnvironment },
    stdio: "ignore",
    signal,
  });
  // No Go, or called off: both are said, or not, by the step that builds the programs.
  child.on("error", () => undefined);
}
