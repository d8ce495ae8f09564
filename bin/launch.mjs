// Plain JavaScript, on any Node that npm runs on.
import { exitCodeOf, startProgram } from "./processes.mjs";
import { SetUpFailed, setUp } from "./set-up.mjs";

/** What must be said of a start that did not come about, and the exit code that goes with it. */
const interrupted = 130;
const failed = 1;

/**
 * A signal that aborts when somebody wants this process to end.
 * @returns {AbortSignal}
 */
export function endSignal() {
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => ending.abort());
  }
  return ending.signal;
}

/**
 * Sets up what is missing, then runs `bin/<name>.ts` and answers its exit code.
 * @param {string} name
 * @param {readonly string[]} programArguments
 * @param {{ directory: string, withDevelopment: boolean }} options `directory`: where the program looks from.
 * @returns {Promise<number>}
 */
export async function launch(name, programArguments, { directory, withDevelopment }) {
  try {
    await setUp({ say: (line) => console.error(`gatehouse: ${line}`), signal: endSignal(), withDevelopment });
  } catch (error) {
    if (error instanceof SetUpFailed) {
      console.error(error.message);
      return failed;
    }
    if (error instanceof Error && error.name === "AbortError") {
      return interrupted;
    }
    throw error;
  }
  return exitCodeOf(startProgram(name, programArguments, { channel: false, directory }));
}
