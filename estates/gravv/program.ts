import { execFile } from "node:child_process";
import { basename } from "node:path";

type Run = {
  program: string;
  args: readonly string[];
  input?: string;
  environment?: Readonly<Record<string, string>>;
  timeoutMs?: number;
  signal?: AbortSignal;
};

const outputLimitBytes = 64 * 1024 * 1024;

/**
 * Runs a program to its end, without a shell, and returns what it printed to stdout.
 * Throws with the program's own words from stderr if it does not exit with 0.
 */
export function runProgram({ program, args, input, environment, timeoutMs = 0, signal }: Run): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const options = {
    encoding: "buffer",
    env: { ...process.env, ...environment },
    maxBuffer: outputLimitBytes,
    timeout: timeoutMs,
    signal,
  } as const;
  let inputFault = "";
  const child = execFile(program, args, options, (error, stdout, stderr) => {
    if (error === null) {
      resolve(stdout);
      return;
    }
    const reason = stderr.toString("utf8").trim() || inputFault || error.message;
    const command = args.find((arg) => !arg.startsWith("-")) ?? "";
    reject(new Error(`${basename(program)} ${command} failed: ${reason}`, { cause: error }));
  });
  // A program that ends before it has read everything breaks the pipe; its exit code decides whether that is a fault.
  child.stdin?.on("error", (error) => {
    inputFault = error.message;
  });
  child.stdin?.end(input);
  return promise;
}
