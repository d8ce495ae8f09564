import { expect, test } from "vitest";
import { elideDigests } from "./elide-digests.ts";

const HEX = `51c0${"ab".repeat(29)}e2`;
const LINE = `        image: registry.example/gravv/onramp:2.15.1@sha256:${HEX}`;

test("a digest keeps its first four and last two digits in sight", () => {
  const shown = elideDigests(LINE).map((one) => (one.hidden ? "…" : one.text));
  expect(shown.join("")).toBe("        image: registry.example/gravv/onramp:2.15.1@sha256:51c0…e2");
});

test("nothing of the line is lost: the stretches together are the line", () => {
  for (const line of [LINE, `${LINE} and sha256:${HEX}`, "", "  replicas: 3"]) {
    expect(
      elideDigests(line)
        .map((one) => one.text)
        .join(""),
    ).toBe(line);
  }
});

test("of a digest that was cut off the beginning stays in sight", () => {
  const shown = elideDigests("image sha256:51c0abababab… and").map((one) => (one.hidden ? "…" : one.text));
  expect(shown.join("")).toBe("image sha256:51c0… and");
});

test("what only resembles a digest stays whole", () => {
  expect(elideDigests(`sha256:${HEX}0`)).toHaveLength(1);
  expect(elideDigests(`sha256:${HEX.slice(1)}`)).toHaveLength(1);
  expect(elideDigests(HEX)).toHaveLength(1);
});
