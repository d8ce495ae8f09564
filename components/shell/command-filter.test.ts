import { describe, expect, test } from "vitest";
import { type Command, filterCommands } from "./command-filter.ts";

const commands: readonly Command[] = [
  { label: "Overview", href: "/", group: "Pages" },
  { label: "Promotions", href: "/promotions", group: "Pages" },
  { label: "Requests", href: "/requests", group: "Pages" },
  { label: "gravv/live", hint: "environment on main", href: "/a", group: "Environments" },
  { label: "gravv/sandbox", hint: "environment on dev", href: "/b", group: "Environments" },
  { label: "Promote gravv/sandbox to gravv/live", href: "/c", group: "Do" },
];

function labels(typed: string): readonly string[] {
  return filterCommands(commands, typed).map((command) => command.label);
}

describe("finding a command", () => {
  test("gives all in their own order while nothing is typed", () => {
    expect(labels("  ")).toEqual(commands.map((command) => command.label));
  });

  test("puts what begins with the word before what merely contains it", () => {
    expect(labels("gravv")).toEqual(["gravv/live", "gravv/sandbox", "Promote gravv/sandbox to gravv/live"]);
  });

  test("wants every word, in label, hint or group", () => {
    expect(labels("environment dev")).toEqual(["gravv/sandbox"]);
    expect(labels("do live")).toEqual(["Promote gravv/sandbox to gravv/live"]);
    expect(labels("live nowhere")).toEqual([]);
  });

  test("understands letters left out, in order", () => {
    expect(labels("rqsts")).toEqual(["Requests"]);
    expect(labels("PRMOTNS")).toEqual(["Promotions"]);
  });

  test("keeps each group together", () => {
    const groups = filterCommands(commands, "o").map((command) => command.group);
    const changes = groups.filter((group, index) => group !== groups[index - 1]);
    expect(changes).toEqual([...new Set(groups)]);
  });

  test("shows no more than can be read", () => {
    const many = Array.from({ length: 400 }, (_, index) => ({
      label: `service ${index}`,
      href: `/${index}`,
      group: "x",
    }));
    expect(filterCommands(many, "service")).toHaveLength(50);
    expect(filterCommands(many, "")).toHaveLength(50);
  });
});
