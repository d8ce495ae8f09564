import { expect } from "vitest";
import type { Db } from "#lib/platform/db.ts";
import { type ErrorCode, GatehouseError } from "#lib/platform/errors.ts";
import { fingerprint } from "./tables.ts";

/** The code with which it was refused, or "fine"; any other failure is thrown on. */
export async function codeOf(work: Promise<unknown>): Promise<ErrorCode | "fine"> {
  try {
    await work;
    return "fine";
  } catch (failure) {
    if (failure instanceof GatehouseError) {
      return failure.code;
    }
    throw failure;
  }
}

/** Refused with this code, and not a row of the database differs from before. */
export async function expectRefused(db: Db, code: ErrorCode, work: () => Promise<unknown>): Promise<void> {
  const before = await fingerprint(db);
  expect(await codeOf(work())).toBe(code);
  expect(await fingerprint(db)).toEqual(before);
}
