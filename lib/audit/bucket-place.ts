import "server-only";
import type { BucketKeeping, BucketPort, StoredVersion, VersionMark } from "#lib/systems/object-store/port.ts";
import { assertSame, type FoundFile, pathOf, readCheckpoint, rowOfPath, textOf } from "./checkpoint-file.ts";
import type { Break, SignedCheckpoint } from "./model.ts";
import { type OpenPlace, plantedAmong } from "./places.ts";
import type { VerifyingKey } from "./signing.ts";

/** How many checkpoints are read at a time. */
const AT_A_TIME = 16;

/** One object a checkpoint, under a prefix. What counts is each one's first version; every later one is tampering. */
export function bucketPlace(prefix: string, bucket: BucketPort, keys: readonly VerifyingKey[]): OpenPlace {
  const folder = `${prefix}/`;
  /** A checkpoint never changes, so each is read once. */
  const read = new Map<number, FoundFile>();
  const checkpointAt = (seq: number): SignedCheckpoint | undefined => {
    const file = read.get(seq);
    return file && "checkpoint" in file ? file.checkpoint : undefined;
  };
  const watch = watchVersions(folder, bucket, (seq) => read.has(seq) && checkpointAt(seq) === undefined);
  const whereIs = (key: string) => `${key} in ${bucket.name}`;

  async function readFirst(first: StoredVersion): Promise<FoundFile> {
    const row = rowOfPath(first.key.slice(folder.length));
    return readCheckpoint(await bucket.read(first), row, keys, whereIs(first.key));
  }

  /** So many of the newest that one of our keys has signed: what somebody put there is passed over, whatever its row. */
  async function newestOf(
    firsts: readonly (readonly [number, StoredVersion])[],
    newest: number,
  ): Promise<SignedCheckpoint[]> {
    const found: SignedCheckpoint[] = [];
    for (let end = firsts.length; end > 0 && found.length < newest; ) {
      const some = firsts.slice(Math.max(0, end - Math.min(AT_A_TIME, newest - found.length)), end);
      const unread = some.filter(([seq]) => !read.has(seq));
      const files = await Promise.all(unread.map(async ([seq, first]) => [seq, await readFirst(first)] as const));
      for (const [seq, file] of files) {
        read.set(seq, file);
      }
      found.push(...some.flatMap(([seq]) => checkpointAt(seq) ?? []));
      end -= some.length;
    }
    return found.sort((one, other) => one.seq - other.seq);
  }

  return {
    name: bucket.name,
    async add(checkpoint) {
      const key = folder + pathOf(checkpoint);
      // Looked for first: where it was deleted, a store would take another one for the key.
      const there = await firstVersion(bucket, key);
      if (there === undefined && (await bucket.create(key, textOf(checkpoint)))) {
        return;
      }
      const first = there ?? (await firstVersion(bucket, key));
      if (first === undefined) {
        throw new Error(`${whereIs(key)} is taken, though nothing is there; the checkpoint was not written`);
      }
      assertSame(await readFirst(first), checkpoint, whereIs(key));
    },
    async list(newest = Number.MAX_SAFE_INTEGER) {
      const { firsts, broken } = await watch.look();
      const checkpoints = await newestOf(firsts, newest);
      return { checkpoints, planted: plantedAmong([...read.values()]), broken };
    },
    caveat: async () => caveatOf(await bucket.keeping()),
  };
}

function tampering(seq: number, where: string, what: string): Break {
  return { from: seq, to: seq, what: `the checkpoint at row ${seq} in ${where} ${what}` };
}

function caveatOf({ keepsVersions, lock }: BucketKeeping): string | undefined {
  if (!keepsVersions) {
    return "keeps no versions, so a checkpoint that is written over or deleted there leaves no trace: turn on versioning and an object lock in the mode COMPLIANCE";
  }
  if (lock === undefined) {
    return "locks nothing, so whoever may delete versions can remove a checkpoint without a trace: give it an object lock in the mode COMPLIANCE";
  }
  return lock === "GOVERNANCE"
    ? "locks in the mode GOVERNANCE, which whoever has that right gets around: COMPLIANCE lets nobody"
    : undefined;
}

async function firstVersion(bucket: BucketPort, key: string): Promise<StoredVersion | undefined> {
  const all = await pagesFrom(key, bucket, undefined);
  return all.filter((version) => version.key === key && !version.isDeletion).at(-1);
}

/** All from a mark on to the end, each once. */
async function pagesFrom(
  prefix: string,
  bucket: BucketPort,
  after: VersionMark | undefined,
): Promise<readonly StoredVersion[]> {
  const all = new Map<string, StoredVersion>();
  let mark = after;
  do {
    const page = await bucket.versions(prefix, mark);
    for (const version of page.versions) {
      all.set(`${version.key} ${version.versionId}`, version);
    }
    mark = page.next;
  } while (mark !== undefined);
  return [...all.values()];
}

type Looked = Readonly<{
  /** The first version of each checkpoint that is there or was, by its row. */
  firsts: readonly (readonly [number, StoredVersion])[];
  broken: Break | undefined;
}>;

/**
 * Watches which versions there are. The first look, and each while something is wrong, goes through the whole listing; the others
 * through its end, where new ones stand, and one page more, so that each page is looked at again and again.
 */
function watchVersions(
  folder: string,
  bucket: BucketPort,
  isPlanted: (seq: number) => boolean,
): Readonly<{ look(): Promise<Looked> }> {
  const firsts = new Map<number, StoredVersion>();
  let needsWhole = true;
  let round: VersionMark | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** What is not as it was, in a stretch of the listing that has all of the keys after one, up to another or to the end. */
  function compare(versions: readonly StoredVersion[], after: string | undefined, to?: string): Break | undefined {
    const found = Map.groupBy(versions, ({ key }) => rowOfPath(key.slice(folder.length)));
    let broken: Break | undefined;
    for (const [seq, { key }] of firsts) {
      const isWithin = (after === undefined || key > after) && (to === undefined || key <= to);
      if (isWithin && !found.has(seq)) {
        broken ??= tampering(seq, bucket.name, "was there and is gone");
      }
    }
    for (const [seq, ofRow] of found) {
      if (seq !== undefined) {
        broken ??= breakOf(seq, ofRow);
        remember(seq, ofRow);
      }
    }
    return broken;
  }

  function breakOf(seq: number, ofRow: readonly StoredVersion[]): Break | undefined {
    if (ofRow.some(({ isDeletion }) => isDeletion)) {
      return tampering(seq, bucket.name, "was deleted after it was written");
    }
    return ofRow.length > 1 || isOther(firsts.get(seq), ofRow.at(-1))
      ? tampering(seq, bucket.name, "was written over")
      : undefined;
  }

  function remember(seq: number, ofRow: readonly StoredVersion[]): void {
    const first = ofRow.filter(({ isDeletion }) => !isDeletion).at(-1);
    if (first !== undefined && !isOther(firsts.get(seq), first)) {
      firsts.set(seq, first);
    }
  }

  async function lookAtAll(): Promise<Break | undefined> {
    round = undefined;
    return compare(await pagesFrom(folder, bucket, undefined), undefined);
  }

  /** One page from where the last look stopped, and where that is not the end, the end too. */
  async function lookOn(): Promise<Break | undefined> {
    const after = round?.key;
    const { versions, next } = await bucket.versions(folder, round);
    if (next === undefined) {
      round = undefined;
      return compare(versions, after);
    }
    // The page's last key may go on in the next page.
    const whole = versions.filter(({ key }) => key !== versions.at(-1)?.key);
    round = whole.at(-1);
    return round === undefined ? lookAtAll() : (compare(whole, after, round.key) ?? (await lookAtEnd()));
  }

  /** From the newest one that is known; what somebody put at a row to come is not it. */
  async function lookAtEnd(): Promise<Break | undefined> {
    const known = [...firsts].filter(([seq]) => !isPlanted(seq));
    const before = known.sort(byRow).at(-2)?.[1];
    return compare(await pagesFrom(folder, bucket, before), before?.key);
  }

  async function lookNow(): Promise<Looked> {
    const broken = needsWhole ? await lookAtAll() : await lookOn();
    needsWhole = broken !== undefined;
    return { firsts: [...firsts].sort(byRow), broken };
  }

  return {
    look() {
      // One after another: an older listing than the one that is known would lack what has been written since.
      const look = last.then(lookNow, lookNow);
      last = look;
      return look;
    },
  };
}

function isOther(known: StoredVersion | undefined, found: StoredVersion | undefined): boolean {
  return known !== undefined && (known.versionId !== found?.versionId || known.etag !== found.etag);
}

function byRow([one]: readonly [number, unknown], [other]: readonly [number, unknown]): number {
  return one - other;
}
