import { describe, expect, it } from "vitest";
import { plainWords } from "#components/ui/phrases.ts";
import type { Path } from "#lib/reachability/model.ts";
import { matrixOf, reachabilityWords, type SeenPaths } from "./reachability-words.ts";

function path(from: string, to: string, changes: Partial<Path> = {}): Path {
  return { from, to, port: 80, protocol: "TCP", open: true, by: "a rule", mustBe: null, why: null, ...changes };
}

function seen(reachability: readonly Path[], changes: Partial<SeenPaths> = {}): SeenPaths {
  return { environment: "e", reachability, findings: [], unknown: [], ...changes };
}

const UNCHECKED = {
  code: "forbidden_path_not_checked",
  severity: "warn",
  subject: "a → d",
  message: "The forbidden path a → d is not checked: nothing is seen to run in namespace d (why)",
} as const;

describe("the matrix", () => {
  it("has what is wrong first, and outside last", () => {
    const matrix = matrixOf([
      path("outside", "b"),
      path("a", "a"),
      path("z", "c", { mustBe: "closed" }),
      path("b", "b"),
    ]);
    expect(matrix.from).toEqual(["z", "a", "b", "outside"]);
    expect(matrix.to).toEqual(["c", "a", "b"]);
  });

  it("never shows a path that is open and forbidden as fine, whatever other ports are", () => {
    const { cell } = matrixOf([path("a", "b"), path("a", "b", { port: 81, mustBe: "closed" })]);
    expect(cell("a", "b")).toMatchObject({ tone: "broken", words: "a can reach b on 81 and must not" });
  });

  it.each([
    [[path("a", "b", { open: false, mustBe: "open" })], "broken"],
    [[path("a", "b", { open: false, mustBe: "closed" })], "closed"],
    [[path("a", "b", { mustBe: "open" })], "fine"],
    [[path("a", "b", { open: null })], "unknown"],
    [[path("a", "b", { open: null, mustBe: "closed" })], "unknown"],
    [[path("a", "b", { open: false }), path("a", "b", { open: null, port: 81 })], "unknown"],
    [[path("a", "b", { mustBe: "closed" }), path("a", "b", { open: null, port: 81 })], "broken"],
    [[path("a", "c")], "none"],
  ] as const)("of %j is %s", (paths, tone) => {
    expect(matrixOf(paths).cell("a", "b").tone).toBe(tone);
  });
});

describe("the sentence", () => {
  it("says how many are open that must not be and the first of them with its reason", () => {
    const words = reachabilityWords(
      seen([
        path("a", "b", { mustBe: "closed", why: "test must not reach real money" }),
        path("a", "c", { open: false, mustBe: "open", why: "C_URL of a names it" }),
      ]),
    );
    expect(words.title).toBe("e: 1 path open that must be closed, 1 path closed that must be open");
    expect(plainWords(words.lead)).toBe("a can reach b on 80 and must not: test must not reach real money.");
  });

  it("says that all is as it must be, and by what, and nothing of the kind where there is nothing", () => {
    expect(reachabilityWords(seen([path("a", "b")])).title).toBe("Every path of e is as it must be");
    expect(reachabilityWords(seen([])).title).toBe("Nothing to reach in e");
  });

  it("never says that all is as it must be where a forbidden path has not been checked, but which and why", () => {
    const closed = path("a", "b", { open: false, mustBe: "closed" });
    for (const paths of [[closed], []]) {
      const words = reachabilityWords(seen(paths, { findings: [UNCHECKED] }));
      expect(words.title).toBe("e: 1 forbidden path not checked");
      expect(plainWords(words.lead)).toBe(`${UNCHECKED.message}.`);
    }
  });

  it("never says that all is as it must be where nobody knows whether a needed path is open", () => {
    expect(reachabilityWords(seen([path("a", "b", { mustBe: "open", open: null })])).title).toBe(
      "e: 1 needed path not known to be open",
    );
  });

  it("never says that all is as it must be, or that there is nothing to reach, where something is not known", () => {
    const unknown = ["Cluster gx does not let Gatehouse read Deployment since 11:00 UTC: that is not known."];
    expect(reachabilityWords(seen([path("a", "b")], { unknown })).title).toBe(
      "What is known of the paths of e is as it must be",
    );
    expect(reachabilityWords(seen([], { unknown })).title).toBe("Who may reach whom in e is not known");
  });
});
