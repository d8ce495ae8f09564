import "server-only";
import type { SignedCheckpoint } from "./model.ts";
import { SignedCheckpointItem } from "./schema.ts";

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

/** Reads what `textOf` wrote; `where` names it. Throws where it is something else. */
export function parseCheckpoint(text: string, where: string): SignedCheckpoint {
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

/** Throws where another checkpoint stands where `wanted` belongs. */
export function assertSame(there: SignedCheckpoint, wanted: SignedCheckpoint, where: string): void {
  if (there.hash !== wanted.hash) {
    throw new Error(`${where} holds another checkpoint for row ${wanted.seq}; nothing was written over it`);
  }
}

/** The row of the checkpoint that belongs to such a path; undefined where it is no such path. */
export function rowOfPath(path: string): number | undefined {
  return /^\d{3}\/\d{3}\/\d{3}\/\d{3}\.json$/.test(path) ? Number(path.replaceAll(/\D/g, "")) : undefined;
}
