import { rebuildConsole } from "./console-build.ts";
import { endSignal } from "./launch.mjs";

const ending = endSignal();
try {
  await rebuildConsole({ signal: ending, onLine: (line) => console.log(line) });
} catch (error) {
  if (!ending.aborted) {
    console.error(error instanceof Error ? error.message : error);
  }
  process.exitCode = 1;
}
