import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { Ready } from "./estate.ts";

const readyShape = z.object({
  url: z.string(),
  kubeconfigs: z.record(z.string(), z.string()),
  repositories: z.record(z.string(), z.string()),
  databaseUrl: z.string(),
  checkpoints: z.string(),
  auditLogs: z.record(z.string(), z.string()),
  accounts: z.array(z.object({ account: z.string(), roles: z.array(z.string()) })),
  processes: z.array(z.object({ name: z.string(), pid: z.number() })),
});

/** Written whole or not at all, and readable by its owner only: it holds the database's password. */
export async function writeReadyFile(path: string, ready: Ready): Promise<void> {
  const partial = `${path}.partial`;
  await writeFile(partial, `${JSON.stringify(ready, null, 2)}\n`, { mode: 0o600 });
  await rename(partial, path);
}

/** What a running demo says of itself; undefined where none has written it. */
export async function readReadyFile(path: string): Promise<Ready | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  });
  return text === undefined ? undefined : readyShape.parse(JSON.parse(text));
}
