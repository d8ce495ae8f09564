import "server-only";
import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CheckpointPlace } from "#lib/estate/model.ts";
import type { RepositoryPort } from "#lib/systems/git/port.ts";
import type { SignedCheckpoint } from "./model.ts";
import { SignedCheckpointItem } from "./schema.ts";

/** Where checkpoints are kept, off the database. What is there is added to and never changed. */
export type OpenPlace = Readonly<{
  /** As gatehouse.yaml says it. */
  name: string;
  /** Durable when it resolves. The same checkpoint again is no error; another one for its row is. */
  add(checkpoint: SignedCheckpoint): Promise<void>;
  /** All that are there, by their rows. Throws where one of them cannot be read. */
  list(): Promise<readonly SignedCheckpoint[]>;
}>;

/** Opens a place. An object store would be a third kind: a put that fails where the key is there (If-None-Match: *, RFC 9110). */
export function openPlace(
  place: CheckpointPlace,
  openRepository: (git: Readonly<{ url: string }>) => RepositoryPort,
): OpenPlace {
  return place.kind === "folder" ? folderPlace(place.path) : gitPlace(place, openRepository(place));
}

/** `000/000/012/345.json` for row 12,345: no folder has more than a thousand entries. */
function pathOf({ seq }: SignedCheckpoint): string {
  return `${String(seq)
    .padStart(12, "0")
    .replaceAll(/(\d{3})(?=\d)/g, "$1/")}.json`;
}

function textOf(checkpoint: SignedCheckpoint): string {
  return `${JSON.stringify(checkpoint)}\n`;
}

function parseCheckpoint(text: string, where: string): SignedCheckpoint {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${where} is no JSON; expected a checkpoint`, { cause });
  }
  const parsed = SignedCheckpointItem.safeParse(value);
  if (!parsed.success) {
    throw new Error(`${where} is no checkpoint: ${parsed.error.issues[0]?.message}`);
  }
  return parsed.data;
}

function assertSame(there: SignedCheckpoint, wanted: SignedCheckpoint, where: string): void {
  if (there.hash !== wanted.hash) {
    throw new Error(`${where} holds another checkpoint for row ${wanted.seq}; nothing was written over it`);
  }
}

const bySeq = (one: SignedCheckpoint, other: SignedCheckpoint) => one.seq - other.seq;

function folderPlace(folder: string): OpenPlace {
  /** A checkpoint never changes, so each is read once. */
  const read = new Map<string, SignedCheckpoint>();
  return {
    name: folder,
    async add(checkpoint) {
      const path = join(folder, pathOf(checkpoint));
      await mkdir(dirname(path), { recursive: true });
      if (!(await createWhole(path, textOf(checkpoint)))) {
        assertSame(parseCheckpoint(await readFile(path, "utf8"), path), checkpoint, path);
      }
    },
    async list() {
      const names = await readdir(folder, { recursive: true }).catch((failure: NodeJS.ErrnoException) => {
        if (failure.code === "ENOENT") {
          return [];
        }
        throw failure;
      });
      const paths = names.filter((name) => name.endsWith(".json")).map((name) => join(folder, name));
      for (const path of paths.filter((one) => !read.has(one))) {
        read.set(path, parseCheckpoint(await readFile(path, "utf8"), path));
      }
      return [...read.values()].sort(bySeq);
    },
  };
}

/** Makes a file that is there whole or not at all; false where one is there already. Durable when it resolves. */
async function createWhole(path: string, text: string): Promise<boolean> {
  const partial = `${path}.${randomUUID()}.partial`;
  const file = await open(partial, "wx", 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // link(2) fails where the name is taken, which rename(2) would replace.
    await link(partial, path);
  } catch (failure) {
    if (failure instanceof Error && "code" in failure && failure.code === "EEXIST") {
      return false;
    }
    throw failure;
  } finally {
    await rm(partial);
  }
  const folder = await open(dirname(path));
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return true;
}

const GIT_FOLDER = "checkpoints";
const AUTHOR = { name: "Gatehouse", email: "gatehouse@localhost" };

/** One commit a checkpoint, on a branch that is only ever moved forward. */
function gitPlace({ url, branch }: Readonly<{ url: string; branch: string }>, repository: RepositoryPort): OpenPlace {
  let seen: { head: string; checkpoints: ReadonlyMap<string, SignedCheckpoint> } | undefined;

  async function look(): Promise<
    Readonly<{ head: string | undefined; checkpoints: ReadonlyMap<string, SignedCheckpoint> }>
  > {
    const { [branch]: head } = await repository.heads([branch]);
    if (head === undefined) {
      return { head, checkpoints: new Map() };
    }
    if (seen?.head === head) {
      return seen;
    }
    await repository.fetch();
    // What is new is read alone; after a branch was rewritten all of it is.
    const isForward = seen !== undefined && (await repository.isAncestor(seen.head, head));
    const paths = seen !== undefined && isForward ? await repository.changedPaths(seen.head, head) : [GIT_FOLDER];
    const files = paths.length === 0 ? new Map<string, string>() : await repository.filesAt(head, paths);
    const checkpoints = new Map(isForward ? seen?.checkpoints : []);
    for (const [path, text] of files) {
      checkpoints.set(path, parseCheckpoint(text, `${path} of ${url}`));
    }
    seen = { head, checkpoints };
    return seen;
  }

  return {
    name: `${url} (${branch})`,
    async add(checkpoint) {
      const { head, checkpoints } = await look();
      const path = `${GIT_FOLDER}/${pathOf(checkpoint)}`;
      const there = checkpoints.get(path);
      if (there !== undefined) {
        assertSame(there, checkpoint, `${path} of ${url}`);
        return;
      }
      const revision = await repository.commitFile({
        parent: head,
        path,
        text: textOf(checkpoint),
        message: `Checkpoint of the record at row ${checkpoint.seq}`,
        author: AUTHOR,
        at: new Date(checkpoint.at),
      });
      await repository.push(revision, branch);
    },
    async list() {
      return [...(await look()).checkpoints.values()].sort(bySeq);
    },
  };
}
