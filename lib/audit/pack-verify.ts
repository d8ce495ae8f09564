import "server-only";
import type { Break } from "./model.ts";
import { BrokenPack, type PackKeys, type Walked, walkChain } from "./pack-chain.ts";
import { PACK_FOOT, PACK_HEAD, PACK_MARK } from "./pack-page.ts";
import { checkRequests } from "./pack-requests.ts";
import { PackHeading, PackLine } from "./schema.ts";
import { openVerifyingKey, type VerifyingKey } from "./signing.ts";

/** No plan comes near it; a file without an end of line is none of ours. */
const LONGEST_LINE = 64 * 2 ** 20;

export type Verdict =
  | Readonly<{ state: "whole"; facts: readonly string[]; remarks: readonly string[] }>
  /** `broken` says which rows; undefined where none can be named. */
  | Readonly<{ state: "broken"; what: string; broken: Break | undefined }>
  | Readonly<{ state: "unreadable"; what: string }>;

class UnreadablePack extends Error {}

/**
 * Checks a pack without anything but itself: its page, the chain, what the rows say, the requests and the checkpoints. `ownKeys`
 * are public keys as PEM: its checkpoints must be signed with one of them, and what an earlier key signed that is not among them
 * does not count; without any the pack's own are believed. It is read piece by piece, so that its size does not matter. Throws
 * what reading it throws.
 */
export async function verifyPack(pieces: AsyncIterable<Uint8Array>, ...ownKeys: readonly string[]): Promise<Verdict> {
  try {
    return await verify(linesOf(pieces), ownKeys);
  } catch (failure) {
    if (failure instanceof BrokenPack) {
      return { state: "broken", what: failure.message, broken: failure.broken };
    }
    if (failure instanceof UnreadablePack) {
      return { state: "unreadable", what: failure.message };
    }
    throw failure;
  }
}

async function verify(lines: AsyncGenerator<string>, ownKeys: readonly string[]): Promise<Verdict> {
  await expectMark(lines);
  await expectLines(lines, PACK_HEAD.slice(PACK_MARK.length), "before");
  const heading = parseHeading((await lines.next()).value);
  const keys = keysOf(heading, ownKeys);
  const chain = walkChain(heading, keys);
  const requests = checkRequests(heading.scope);
  const footStart = PACK_FOOT.slice(0, PACK_FOOT.indexOf("\n"));
  for (let number = LINES_BEFORE + 2; ; number += 1) {
    const { value: text } = await lines.next();
    if (text === undefined) {
      throw new BrokenPack(`the file ends at line ${number}, before its end`);
    }
    if (text === footStart) {
      break;
    }
    take(parseLine(text, number), chain, requests);
  }
  await expectLines(lines, PACK_FOOT.slice(footStart.length + 1), "after");
  if ((await lines.next()).done !== true) {
    throw new BrokenPack("something stands after the file's end");
  }
  const walked = chain.end();
  if (heading.tampering !== undefined) {
    throw new BrokenPack(heading.tampering.what, heading.tampering);
  }
  const count = requests.end(walked.isToEnd);
  return {
    state: "whole",
    facts: [
      `${walked.events} rows in full, ${walked.links} more by their places, one chain without a gap`,
      `${count} requests, each with its plan, approvals, steps and outcome as on record`,
      `${walked.checkpoints} checkpoints${signedBy(keys)}`,
    ],
    remarks: [...remarksOn(walked, keys, ownKeys), ...requests.remarks(), ...plantedWords(heading)],
  };
}

function take(line: PackLine, chain: ReturnType<typeof walkChain>, requests: ReturnType<typeof checkRequests>): void {
  if (line.kind === "checkpoint") {
    const { kind: _kind, ...checkpoint } = line;
    chain.checkpoint(checkpoint);
  } else if (line.kind === "request") {
    requests.request(line);
  } else {
    chain.row(line);
    if (line.kind === "event") {
      requests.event(line);
    }
  }
}

function signedBy({ believed }: PackKeys): string {
  const names = believed.map(({ keyId }) => keyId).join(" or ");
  return names === "" ? "" : `, signed by the key ${names}`;
}

/** What whoever relies on a whole pack should know. */
function remarksOn(
  { lastEvent, covered, passedOver }: Walked,
  { believed }: PackKeys,
  ownKeys: readonly string[],
): string[] {
  if (believed.length === 0) {
    return ["no checkpoints: a cut tail or a record written anew would not be found"];
  }
  return [
    ...(lastEvent > covered ? [`rows after ${covered} are not yet under a checkpoint`] : []),
    ...(ownKeys.length === 0
      ? ["the key is the pack's own; compare it with the one you were given, or name that with --key"]
      : []),
    ...(passedOver > 0
      ? [`${passedOver} checkpoints are signed by earlier keys and do not count; name those keys with --key too`]
      : []),
  ];
}

function plantedWords({ planted = [] }: PackHeading): string[] {
  return planted.map(
    ({ where, what }) => `somebody put something among the checkpoints, which does not count: ${where} ${what}`,
  );
}

function keysOf({ publicKey, earlierKeys = [] }: PackHeading, ownKeys: readonly string[]): PackKeys {
  const keys = [...(publicKey === null ? [] : [publicKey]), ...earlierKeys].map(packKey);
  if (ownKeys.length === 0) {
    return { believed: keys, others: [] };
  }
  const own = new Set(ownKeys.map((pem) => namedKey(pem).keyId));
  const [current] = keys;
  if (current === undefined || !own.has(current.keyId)) {
    throw new BrokenPack(current === undefined ? "the pack is not signed at all" : "the pack is signed by another key");
  }
  return {
    believed: keys.filter(({ keyId }) => own.has(keyId)),
    others: keys.filter(({ keyId }) => !own.has(keyId)),
  };
}

function packKey(pem: string): VerifyingKey {
  const key = openVerifyingKey(pem);
  if (key?.pem !== pem) {
    throw new BrokenPack("the pack's public key is not one");
  }
  return key;
}

function namedKey(pem: string): VerifyingKey {
  const key = openVerifyingKey(pem);
  if (key === undefined) {
    throw new UnreadablePack("the key named by --key is not an Ed25519 public key as PEM");
  }
  return key;
}

const LINES_BEFORE = PACK_HEAD.split("\n").length - 1;

async function expectMark(lines: AsyncGenerator<string>): Promise<void> {
  for (const wanted of PACK_MARK.split("\n").slice(0, -1)) {
    if ((await lines.next()).value !== wanted) {
      throw new UnreadablePack("this is no pack that this version of Gatehouse has written");
    }
  }
}

async function expectLines(lines: AsyncGenerator<string>, text: string, where: "before" | "after"): Promise<void> {
  for (const wanted of text.split("\n").slice(0, -1)) {
    if ((await lines.next()).value !== wanted) {
      throw new BrokenPack(
        `the page ${where} the data is not the one that this version writes, so what it shows may not be what is verified`,
      );
    }
  }
}

function parseHeading(text: string | undefined): PackHeading {
  const heading = PackHeading.safeParse(parseJson(text ?? ""));
  if (!heading.success) {
    throw new BrokenPack("the first line of the data does not say what the pack holds");
  }
  return heading.data;
}

function parseLine(text: string, number: number): PackLine {
  const value = parseJson(text);
  const line = PackLine.safeParse(value);
  if (line.success) {
    return line.data;
  }
  const [issue] = line.error.issues;
  const seq = numberOf(value);
  const what = `line ${number} is not as Gatehouse writes it (${issue?.path.join(".")}: ${issue?.message})`;
  throw new BrokenPack(what, seq === undefined ? undefined : { from: seq, to: seq, what });
}

function numberOf(value: unknown): number | undefined {
  const seq = typeof value === "object" && value !== null && "seq" in value ? value.seq : undefined;
  return typeof seq === "number" ? seq : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Undefined fits no line, and the line is then named.
    return undefined;
  }
}

/** The lines of UTF-8 text, without their ends. The last one must have an end too. */
async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let rest = "";
  for await (const piece of pieces) {
    const parts = (rest + decode(decoder, piece)).split("\n");
    rest = parts.pop() ?? "";
    if (rest.length > LONGEST_LINE) {
      throw new UnreadablePack("this is no pack: it has a line without an end");
    }
    yield* parts;
  }
  if (rest !== "") {
    yield rest;
  }
}

function decode(decoder: TextDecoder, piece: Uint8Array): string {
  try {
    return decoder.decode(piece, { stream: true });
  } catch (cause) {
    throw new UnreadablePack("this is no pack: it is not UTF-8", { cause });
  }
}
