import "server-only";
import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { CheckpointPlace } from "#lib/estate/model.ts";
import { describeFailure } from "#lib/platform/errors.ts";
import type { Log } from "#lib/platform/log.ts";
import type { RepositoryPort } from "#lib/systems/git/port.ts";
import type { BucketConfig, BucketPort } from "#lib/systems/object-store/port.ts";
import { bucketPlace } from "./bucket-place.ts";
import { assertSame, type FoundFile, pathOf, readCheckpoint, rowOfPath, textOf } from "./checkpoint-file.ts";
import type { Break, Planted, SignedCheckpoint } from "./model.ts";
import type { VerifyingKey } from "./signing.ts";

/** What is in a place. */
export type Kept = Readonly<{
  /** As they were first written, by their rows. */
  checkpoints: readonly SignedCheckpoint[];
  /** What else was read there, by where it lies. */
  planted: readonly Planted[];
  /** What somebody has written over or deleted since, as far as the place keeps what was. */
  broken: Break | undefined;
}>;

/** Where checkpoints are kept, off the database. What is there is added to and never changed. */
export type OpenPlace = Readonly<{
  /** As gatehouse.yaml says it. */
  name: string;
  /** Durable when it resolves. The same checkpoint again is no error; another one for its row is. */
  add(checkpoint: SignedCheckpoint): Promise<void>;
  /** All that are there and were signed by one of our keys, or so many of the newest. Throws where one of them cannot be read. */
  list(newest?: number): Promise<Kept>;
  /** What the place could do against tampering and does not, in words that follow its name; undefined where nothing is known. */
  caveat(): Promise<string | undefined>;
}>;

/** How the systems are opened in which places lie. */
export type PlaceSystems = Readonly<{
  openRepository(git: Readonly<{ url: string }>): RepositoryPort;
  openBucket(config: BucketConfig): BucketPort;
}>;

/** Opens a place, in which what one of these keys has signed counts; connects to nothing yet. */
export function openPlace(place: CheckpointPlace, systems: PlaceSystems, keys: readonly VerifyingKey[]): OpenPlace {
  switch (place.kind) {
    case "folder":
      return folderPlace(place.path, keys);
    case "git":
      return gitPlace(place, systems.openRepository(place), keys);
    case "bucket":
      return bucketPlace(place.prefix, systems.openBucket(place), keys);
  }
}

/** Of all that were read; neither a folder nor a branch that was rewritten keeps what was there before. */
function kept(files: Iterable<FoundFile>, newest: number): Kept {
  const all = [...files];
  const sorted = all
    .flatMap((file) => ("checkpoint" in file ? [file.checkpoint] : []))
    .sort((one, other) => one.seq - other.seq);
  return { checkpoints: sorted.slice(-newest), planted: plantedAmong(all), broken: undefined };
}

/** What of these somebody put there. */
export function plantedAmong(files: readonly FoundFile[]): Planted[] {
  return files
    .flatMap((file) => ("planted" in file ? [file.planted] : []))
    .sort((one, other) => one.where.localeCompare(other.where));
}

/** What is in all places that answer. */
type KeptSomewhere = Readonly<{
  checkpoints: SignedCheckpoint[];
  planted: Planted[];
  unreached: string[];
  broken: Break | undefined;
}>;

/**
 * The checkpoints of all places that answer, by their rows, each once, or so many of the newest of each place; what somebody put
 * there; and what the first place says that was tampered with. Throws where no place answers.
 */
export async function listCheckpoints(
  { log }: Readonly<{ log: Log }>,
  places: readonly OpenPlace[],
  newest?: number,
): Promise<KeptSomewhere> {
  const found = new Map<string, SignedCheckpoint>();
  const planted: Planted[] = [];
  const unreached: string[] = [];
  let broken: Break | undefined;
  for (const place of places) {
    try {
      const kept = await place.list(newest);
      broken ??= kept.broken;
      planted.push(...kept.planted);
      for (const checkpoint of kept.checkpoints) {
        found.set(`${checkpoint.seq} ${checkpoint.hash} ${checkpoint.keyId}`, checkpoint);
      }
    } catch (failure) {
      unreached.push(place.name);
      log.warn({ failure: describeFailure(failure) }, "a place of checkpoints cannot be read");
    }
  }
  if (places.length > 0 && unreached.length === places.length) {
    throw new Error("no place of checkpoints can be read");
  }
  const checkpoints = [...found.values()].sort((one, other) => one.seq - other.seq);
  return { checkpoints, planted, unreached, broken };
}

const noCaveat = () => Promise.resolve(undefined);

function folderPlace(folder: string, keys: readonly VerifyingKey[]): OpenPlace {
  /** A checkpoint never changes, so each is read once. */
  const read = new Map<string, FoundFile>();
  const readAt = async (path: string) =>
    readCheckpoint(await readFile(path, "utf8"), rowOfPath(relative(folder, path)), keys, path);
  return {
    name: folder,
    async add(checkpoint) {
      const path = join(folder, pathOf(checkpoint));
      await mkdir(dirname(path), { recursive: true });
      if (!(await createWhole(path, textOf(checkpoint)))) {
        assertSame(await readAt(path), checkpoint, path);
      }
    },
    async list(newest = Number.MAX_SAFE_INTEGER) {
      const names = await readdir(folder, { recursive: true }).catch((failure: NodeJS.ErrnoException) => {
        if (failure.code === "ENOENT") {
          return [];
        }
        throw failure;
      });
      const paths = names.filter((name) => name.endsWith(".json")).map((name) => join(folder, name));
      for (const path of paths.filter((one) => !read.has(one))) {
        read.set(path, await readAt(path));
      }
      return kept(read.values(), newest);
    },
    caveat: noCaveat,
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
function gitPlace(
  { url, branch }: Readonly<{ url: string; branch: string }>,
  repository: RepositoryPort,
  keys: readonly VerifyingKey[],
): OpenPlace {
  let seen: { head: string; files: ReadonlyMap<string, FoundFile> } | undefined;

  async function look(): Promise<Readonly<{ head: string | undefined; files: ReadonlyMap<string, FoundFile> }>> {
    const { [branch]: head } = await repository.heads([branch]);
    if (head === undefined) {
      return { head, files: new Map() };
    }
    if (seen?.head === head) {
      return seen;
    }
    await repository.fetch();
    // What is new is read alone; after a branch was rewritten all of it is.
    const isForward = seen !== undefined && (await repository.isAncestor(seen.head, head));
    const paths = seen !== undefined && isForward ? await repository.changedPaths(seen.head, head) : [GIT_FOLDER];
    const texts = paths.length === 0 ? new Map<string, string>() : await repository.filesAt(head, paths);
    const files = new Map(isForward ? seen?.files : []);
    for (const [path, text] of texts) {
      files.set(path, readCheckpoint(text, rowOfPath(path.slice(GIT_FOLDER.length + 1)), keys, `${path} of ${url}`));
    }
    seen = { head, files };
    return seen;
  }

  return {
    name: `${url} (${branch})`,
    async add(checkpoint) {
      const { head, files } = await look();
      const path = `${GIT_FOLDER}/${pathOf(checkpoint)}`;
      const there = files.get(path);
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
    async list(newest = Number.MAX_SAFE_INTEGER) {
      return kept((await look()).files.values(), newest);
    },
    caveat: noCaveat,
  };
}
