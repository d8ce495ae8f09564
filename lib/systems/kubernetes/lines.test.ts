import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { ClusterError } from "./errors.ts";
import { linesOf } from "./lines.ts";

const TEXT = '{"name":"<b>é\u202e\u001b[31m"}\n\n{"name":"数据"}\nlast\n';
const LINES = TEXT.split("\n").filter((line) => line !== "");

async function read(chunks: Iterable<Buffer>): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(Readable.from(chunks))) {
    lines.push(line);
  }
  return lines;
}

function* cut(bytes: Buffer, size: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
  }
}

it("lines come whole however the bytes are cut, in the middle of a character too", async () => {
  const bytes = Buffer.from(TEXT);
  for (let size = 1; size <= bytes.length; size += 1) {
    expect(await read(cut(bytes, size))).toEqual(LINES);
  }
});

it("a line that is cut off at the end is no line, and is told", async () => {
  const failure = await read([Buffer.from("one\ntw")]).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ClusterError);
  expect(failure).toMatchObject({ code: "garbled" });
});

it("a line without an end does not fill the memory", async () => {
  let sent = 0;
  function* endless(): Generator<Buffer> {
    for (;;) {
      sent += 1;
      yield Buffer.alloc(1024 * 1024, "x");
    }
  }
  await expect(read(endless())).rejects.toMatchObject({ code: "garbled" });
  expect(sent).toBeLessThan(20);
});
