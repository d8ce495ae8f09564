import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";

export type Fetch = (url: string, init: { signal?: AbortSignal }) => Promise<Response>;

/**
 * Downloads `url` to `path` over HTTPS and keeps it only if it has the pinned digest (`<algorithm>:<hex>`). Throws, leaving
 * nothing behind, when the digest differs, the server refuses or the transfer breaks.
 */
export async function downloadPinned(
  { url, digest, path }: { url: string; digest: string; path: string },
  { fetch, signal }: { fetch: Fetch; signal?: AbortSignal },
): Promise<void> {
  const [algorithm, expected] = digest.split(":");
  if (algorithm === undefined || !expected || !url.startsWith("https://")) {
    throw new Error(`${url} is not pinned to a digest, so it was not downloaded. Pin it in cluster/releases.ts.`);
  }
  const response = await fetch(url, signal ? { signal } : {});
  if (!response.ok || response.body === null) {
    throw new Error(
      `${url} could not be downloaded: the server answered ${response.status}. Nothing was kept; try again.`,
    );
  }
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.partial-${process.pid}`;
  const hash = createHash(algorithm);
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    // The two stream types describe the same object; only their declarations differ.
    const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
    await pipeline(body, hashing, createWriteStream(partial), signal ? { signal } : {});
    const actual = hash.digest("hex");
    if (actual !== expected) {
      throw new Error(
        `${url} is not the file that was pinned: its ${algorithm} is ${actual}, expected ${expected}. It was thrown away and will not be run.`,
      );
    }
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}
