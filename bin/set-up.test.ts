import { describe, expect, test } from "vitest";
import { packagesMissing } from "./set-up.mjs";

const wanted = {
  "": { version: "0.1.0" },
  "node_modules/next": { version: "16.4.6", integrity: "sha512-next" },
  "node_modules/@next/swc-darwin-arm64": { version: "16.4.6", optional: true },
  "node_modules/vitest": { version: "4.1.12", integrity: "sha512-vitest", dev: true },
};
const { "node_modules/next": next, "node_modules/vitest": vitest } = wanted;

describe("the packages that are missing", () => {
  test("are none when all is as the lock file has it, though other systems' packages are absent", () => {
    expect(packagesMissing(wanted, { "node_modules/next": next, "node_modules/vitest": vitest }, true)).toEqual([]);
  });

  test("are those that are absent, of another version or of another content", () => {
    expect(packagesMissing(wanted, { "node_modules/vitest": vitest }, true)).toEqual(["node_modules/next"]);
    const older = { "node_modules/next": { ...next, version: "16.4.5" }, "node_modules/vitest": vitest };
    expect(packagesMissing(wanted, older, true)).toEqual(["node_modules/next"]);
    const other = { "node_modules/next": { ...next, integrity: "sha512-other" }, "node_modules/vitest": vitest };
    expect(packagesMissing(wanted, other, true)).toEqual(["node_modules/next"]);
  });

  test("do not count what only building and testing need where nothing is built or tested", () => {
    expect(packagesMissing(wanted, { "node_modules/next": next }, false)).toEqual([]);
  });
});
