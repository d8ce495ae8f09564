import { expect, it } from "vitest";
import { checkActionText, checkShape, readText } from "./body.ts";

const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

it.each([
  ["what an action takes", '[{"environment":"gravv/live","reason":"$$ 5 is enough","ticket":"$undefined"}]'],
  ["no argument", "[]"],
  ["16 levels", nested(17)],
  ["1,000 values", JSON.stringify([Array(999).fill(1)])],
])("a body with %s is let through", (_what, text) => {
  expect(() => checkActionText(text)).not.toThrow();
});

it.each([
  ["17 levels", nested(18)],
  ["30,000 levels", nested(30_000)],
  ["30,000 levels of objects", `[${'{"a":'.repeat(30_000)}1${"}".repeat(30_000)}]`],
  ["1,001 values", JSON.stringify([Array(1000).fill(1)])],
  [
    "1,001 keys under __proto__",
    `[{"__proto__":${JSON.stringify(Object.fromEntries([...Array(1000).keys()].entries()))}}]`,
  ],
  ["depth hidden under __proto__", `[${'{"__proto__":'.repeat(17)}1${"}".repeat(17)}]`],
  ["depth hidden under constructor", `[${'{"constructor":'.repeat(17)}1${"}".repeat(17)}]`],
  ["a zero byte", JSON.stringify([{ reason: "a\0b" }])],
  ["no JSON", "[{"],
  ["nothing", ""],
  ["an object instead of a list", "{}"],
  ["a string instead of a list", '"$undefined"'],
  ["a reference to another part", '["$1"]'],
  ["a promise that never comes", '["$@1"]'],
  ["a server reference", '[{"a":{"b":"$F1"}}]'],
  ["a stream", '["$R0"]'],
  ["a form", '["$K1"]'],
])("a body with %s is refused", (_what, text) => {
  expect(() => checkActionText(text)).toThrow(expect.objectContaining({ code: "invalid" }));
});

it("checking a body's shape changes no prototype", () => {
  expect(() => checkShape(JSON.parse('[{"__proto__":{"isAdmin":true}}]'))).not.toThrow();
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(Reflect.get({}, "isAdmin")).toBeUndefined();
});

function posted(
  parts: readonly string[],
  headers: Record<string, string> = {},
): { request: Request; sent: () => number } {
  let sent = 0;
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const part = parts[sent];
        if (part === undefined) {
          controller.close();
          return;
        }
        sent += 1;
        controller.enqueue(encoder.encode(part));
      },
    },
    { highWaterMark: 0 },
  );
  const init = { method: "POST", body, headers, duplex: "half" };
  return { request: new Request("http://localhost/", init), sent: () => sent };
}

it("a body up to the limit is read whole, across the parts of a character", async () => {
  expect(await readText(posted(["ab", "ü"]).request, 4)).toBe("abü");
});

it("a body that grows over the limit is refused without reading the rest", async () => {
  const { request, sent } = posted(["aaaa", "bbbb", "cccc", "dddd", "eeee"]);
  await expect(readText(request, 6)).rejects.toMatchObject({ code: "too_large" });
  expect(sent()).toBeLessThan(4);
});

it("a body that says it is too long is refused unread", async () => {
  const { request, sent } = posted(["a"], { "content-length": "7" });
  await expect(readText(request, 6)).rejects.toMatchObject({ code: "too_large" });
  expect(sent()).toBe(0);
});
