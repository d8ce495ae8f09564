import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** What a browser loads before a page works: its JavaScript, gzipped, in bytes. */
export type FirstLoad = Readonly<{ route: string; bytes: number }>;

/** No page may ask more of a phone on a bad line. */
export const MOST_FIRST_LOAD_BYTES = 170_000;

type RouteStats = Readonly<{ route: string; firstLoadChunkPaths: readonly string[] }>;

/** Each page's first load, heaviest first, by what `next build` says that it is made of. */
export async function firstLoads(root: string): Promise<FirstLoad[]> {
  const stats: RouteStats[] = JSON.parse(
    await readFile(join(root, ".next", "diagnostics", "route-bundle-stats.json"), "utf8"),
  );
  const sizes = new Map<string, Promise<number>>();
  const sizeOf = (path: string): Promise<number> => {
    const size = sizes.get(path) ?? gzippedBytes(join(root, path));
    sizes.set(path, size);
    return size;
  };
  const loads = stats.map(async ({ route, firstLoadChunkPaths }) => {
    const bytes = await Promise.all(firstLoadChunkPaths.map(sizeOf));
    return { route, bytes: bytes.reduce((sum, one) => sum + one, 0) };
  });
  return (await Promise.all(loads)).sort((a, b) => b.bytes - a.bytes);
}

async function gzippedBytes(path: string): Promise<number> {
  const compressed = await promisify(gzip)(await readFile(path), { level: 9 });
  return compressed.byteLength;
}

/** What is wrong with the first loads, in words; undefined where every page is light enough. */
export function tooHeavy(loads: readonly FirstLoad[]): string | undefined {
  const heavy = loads.filter(({ bytes }) => bytes > MOST_FIRST_LOAD_BYTES);
  if (heavy.length === 0) {
    return undefined;
  }
  const pages = heavy.map(({ route, bytes }) => `${route} loads ${inKb(bytes)}`).join(", ");
  return `A page may load ${inKb(MOST_FIRST_LOAD_BYTES)} of JavaScript (gzipped) before it works: ${pages}. Load what few visits need when it is opened (next/dynamic), and keep parsers such as zod on the server.`;
}

function inKb(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
