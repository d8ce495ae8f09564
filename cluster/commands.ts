import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export type Environment = Readonly<Record<string, string | undefined>>;

export type CommandOptions = {
  environment: Environment;
  directory?: string;
  /** Runs as this user; only root may ask for it. */
  user?: { uid: number; gid: number };
  signal?: AbortSignal;
  /** Called with each line of standard error as it appears. */
  onProgressLine?: (line: string) => void;
};

/** Next's own types make NODE_ENV obligatory in the environment of a child process; the programs here ignore it. */
export function childEnvironment(environment: Environment): NodeJS.ProcessEnv {
  return { ...environment, NODE_ENV: "production" };
}

/** `exitCode` is 127 where the command does not exist, as in a shell. */
export type CommandResult = { exitCode: number; output: string; problems: string };

/** Runs a command to its end. Rejects only when it is aborted or cannot be started for another reason than being absent. */
export function runCommand(
  command: string,
  commandArguments: readonly string[],
  { environment, directory, user, signal, onProgressLine }: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, commandArguments, {
      env: childEnvironment(environment),
      stdio: ["ignore", "pipe", "pipe"],
      ...(directory === undefined ? {} : { cwd: directory }),
      ...(signal === undefined ? {} : { signal }),
      ...user,
    });
    const output: string[] = [];
    const problems: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => output.push(chunk));
    createInterface({ input: child.stderr }).on("line", (line) => {
      problems.push(line);
      onProgressLine?.(line);
    });
    child.on("error", (error) => {
      if ("code" in error && error.code === "ENOENT") {
        resolve({ exitCode: 127, output: "", problems: error.message });
        return;
      }
      reject(signal?.aborted ? signal.reason : error);
    });
    child.on("close", (exitCode) =>
      resolve({ exitCode: exitCode ?? 1, output: output.join(""), problems: problems.join("\n") }),
    );
  });
}
