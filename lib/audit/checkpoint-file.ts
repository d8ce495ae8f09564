import "server-only";
import type { Planted, SignedCheckpoint } from "./model.ts";
import { SignedCheckpointItem } from "./schema.ts";
import type { VerifyingKey } from "./signing.ts";

/** `000/000/012/345.json` for row 12,345: no folder has more than a thousand entries. */
export function pathOf({ seq }: SignedCheckpoint): string {
  return `${String(seq)
    .padStart(12, "0")
    .replaceAll(/(\d{3})(?=\d)/g, "$1/")}.json`;
}

/** A checkpoint as it is written. */
export function textOf(checkpoint: SignedCheckpoint): string {
  return `${JSON.stringify(checkpoint)}\n`;
}

/** What lies where a checkpoint of a row belongs: that checkpoint, or something that somebody put there. */
export type FoundFile = Readonly<{ checkpoint: SignedCheckpoint } | { planted: Planted }>;

/** Reads what `textOf` wrote for a row, signed by one of these keys; anything else was put there by somebody. `where` names it. */
export function readCheckpoint(
  text: string,
  row: number | undefined,
  keys: readonly VerifyingKey[],
  where: string,
): FoundFile {
  const checkpoint = SignedCheckpointItem.safeParse(parseJson(text)).data;
  const what = checkpoint === undefined ? "is no checkpoint" : whyPlanted(checkpoint, row, keys);
  return checkpoint === undefined || what !== undefined
    ? { planted: { where, what: what ?? "is no checkpoint" } }
    : { checkpoint };
}

function whyPlanted(
  checkpoint: SignedCheckpoint,
  row: number | undefined,
  keys: readonly VerifyingKey[],
): string | undefined {
  const key = keys.find(({ keyId }) => keyId === checkpoint.keyId);
  if (key === undefined) {
    return `is signed by the key ${checkpoint.keyId.slice(0, 12)}, which gatehouse.yaml does not name`;
  }
  if (!key.holds(checkpoint)) {
    return "bears the name of a key of ours and not its signature";
  }
  return checkpoint.seq === row ? undefined : `is that of row ${checkpoint.seq}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Undefined is no checkpoint, which is the answer.
    return undefined;
  }
}

/** Throws where something else stands where `wanted` belongs. */
export function assertSame(there: FoundFile, wanted: SignedCheckpoint, where: string): void {
  if ("planted" in there) {
    throw new Error(`${where} ${there.planted.what}; nothing was written over it`);
  }
  if (there.checkpoint.hash !== wanted.hash) {
    throw new Error(`${where} holds another checkpoint for row ${wanted.seq}; nothing was written over it`);
  }
}

/** The row of the checkpoint that belongs to such a path; undefined where it is no such path. */
export function rowOfPath(path: string): number | undefined {
  return /^\d{3}\/\d{3}\/\d{3}\/\d{3}\.json$/.test(path) ? Number(path.replaceAll(/\D/g, "")) : undefined;
}
