import { expect, it } from "vitest";
import { whyOf, whyWords } from "./why.ts";

const ALLOWED = { allowed: true, because: "You may: you asked for it." };
const DENIED = { allowed: false, because: "Only operator may roll back in gravv/live; you are viewer there." };

it("a control says why it is allowed, why it is denied, and what else stands in the way of whoever may", () => {
  expect(whyOf(ALLOWED)).toEqual({ allowedBecause: "Allowed because you asked for it.", blockedBecause: undefined });
  expect(whyOf(DENIED)).toEqual({ blockedBecause: DENIED.because });
  expect(whyOf(ALLOWED, "The cluster does not answer.").blockedBecause).toBe("The cluster does not answer.");
  expect(whyOf(DENIED, "The cluster does not answer.")).toEqual({ blockedBecause: DENIED.because });
});

it("a decision is a sentence with one full stop", () => {
  expect(whyWords({ allowed: true, because: "you are operator in gravv/live" })).toBe(
    "Allowed because you are operator in gravv/live.",
  );
  expect(whyWords(DENIED)).toBe("Denied because only operator may roll back in gravv/live; you are viewer there.");
});
