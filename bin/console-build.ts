import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { withBuildLock } from "#cluster/build-lock.ts";
import { childEnvironment } from "#cluster/commands.ts";
import { firstLoads, tooHeavy } from "./first-load.ts";
import { nextProgram } from "./next-program.ts";
import { root } from "./processes.mjs";
import { stampOfSources } from "./source-stamp.ts";

const buildFolder = join(root, ".next");
const stampFile = join(buildFolder, "gatehouse-sources");
const lockFile = join(root, ".gatehouse", "console-build.lock");

export type BuildOptions = {
  signal: AbortSignal;
  /** Told each line that `next build` prints, without what surrounds its words. */
  onLine?: (line: string) => void;
};

/** Builds the console unless the build that is there was made from the very same sources. Throws with the build's last words. */
export async function buildConsole(options: BuildOptions): Promise<"built" | "fresh"> {
  if (await isFresh()) {
    return "fresh";
  }
  await mkdir(dirname(lockFile), { recursive: true });
  const onWait = () => options.onLine?.("waiting for another build of this checkout to end");
  return withBuildLock(lockFile, { signal: options.signal, onWait }, async () => {
    if (await isFresh()) {
      return "fresh";
    }
    await rebuildConsole(options);
    return "built";
  });
}

/** Builds the console, whatever is there. */
export async function rebuildConsole({ signal, onLine }: BuildOptions): Promise<void> {
  // Taken before: what changes during the build belongs to the next one.
  const stamp = await stampOfSources(root);
  await rm(stampFile, { force: true });
  const child = spawn(process.execPath, [nextProgram, "build"], {
    cwd: root,
    env: childEnvironment({ ...process.env, NEXT_TELEMETRY_DISABLED: "1" }),
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      lines.push(line);
      const words = line.replace(/^[^\p{L}]+/u, "").trim();
      if (words !== "") {
        onLine?.(words);
      }
    });
  }
  const [exitCode] = await once(child, "close");
  signal.throwIfAborted();
  if (exitCode !== 0) {
    throw new Error(
      `next build failed, so there is no console to start. Its last words:\n${lines.slice(-40).join("\n")}`,
    );
  }
  const heavy = tooHeavy(await firstLoads(root));
  if (heavy !== undefined) {
    throw new Error(heavy);
  }
  await writeFile(stampFile, stamp);
}

async function isFresh(): Promise<boolean> {
  if (!existsSync(join(buildFolder, "BUILD_ID")) || !existsSync(stampFile)) {
    return false;
  }
  return (await readFile(stampFile, "utf8")) === (await stampOfSources(root));
}
