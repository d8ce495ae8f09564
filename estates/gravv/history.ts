import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const commitSchema = z.strictObject({
  branch: z.enum(["main", "dev"]),
  author: z.strictObject({ name: z.string().min(1), email: z.email() }),
  ageHours: z.number().nonnegative(),
  message: z.string().min(1),
  deletes: z.array(z.string().min(1)).default([]),
});

/** One folder of `history/`: what `commit.yaml` says, and every other file in it by its path in the repository. */
export type HistoricCommit = z.infer<typeof commitSchema> & { files: ReadonlyMap<string, string> };

const description = "commit.yaml";

async function filesBelow(directory: string): Promise<Map<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(directory, path), "utf8")] as const)),
  );
}

async function readCommit(directory: string, folder: string): Promise<HistoricCommit> {
  const files = await filesBelow(join(directory, folder));
  const described = commitSchema.safeParse(parse(files.get(description) ?? ""));
  if (!described.success) {
    throw new Error(`history/${folder}/${description}: ${z.prettifyError(described.error)}`);
  }
  files.delete(description);
  return { ...described.data, files };
}

/** The commits of the platform's repository, oldest first, as the folders are numbered. */
export async function readHistory(): Promise<HistoricCommit[]> {
  const directory = join(import.meta.dirname, "history");
  const folders = await readdir(directory);
  return Promise.all(folders.sort().map((folder) => readCommit(directory, folder)));
}
