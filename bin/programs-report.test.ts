import { describe, expect, test } from "vitest";
import type { ProgramProgress } from "#cluster/programs.ts";
import { programsReport } from "./programs-report.ts";

function building(over: Partial<ProgramProgress>): ProgramProgress {
  return {
    program: "kube-apiserver",
    state: "building",
    position: 2,
    total: 6,
    elapsedSeconds: 62,
    usualSeconds: 165,
    packages: { done: 412, total: 1203 },
    ...over,
  };
}

describe("what the start page says of the programs", () => {
  test("is which one, how far, how long, and what comes next", () => {
    expect(programsReport(building({})).detail).toBe(
      "kube-apiserver, 2 of 6: building 412 of 1203 packages, 62 s of about 165 s; then kube-controller-manager",
    );
  });

  test("moves on as time passes, and from one program to the next, but never to the end by itself", () => {
    const shares = [
      building({ elapsedSeconds: 0 }),
      building({}),
      building({ elapsedSeconds: 900 }),
      building({ program: "kube-controller-manager", position: 3, elapsedSeconds: 0, usualSeconds: 40 }),
      building({ program: "kwok", position: 6, elapsedSeconds: 900, usualSeconds: 68 }),
    ].map((progress) => programsReport(progress).progress ?? 0);
    expect(shares).toEqual(shares.toSorted((one, other) => one - other));
    expect(new Set(shares).size).toBe(shares.length);
    expect(shares.at(-1)).toBeLessThan(1);
  });

  test("promises no time where the programs are there already or the network decides", () => {
    expect(programsReport(building({ state: "ready", packages: null })).usualSeconds).toBeUndefined();
    const download = programsReport(building({ state: "downloading", usualSeconds: null, packages: null }));
    expect(download).toEqual({
      detail: "kube-apiserver, 2 of 6: downloading, 62 s; then kube-controller-manager",
      progress: 1 / 6,
      usualSeconds: undefined,
    });
  });
});
