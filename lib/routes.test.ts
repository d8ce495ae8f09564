import { expect, it } from "vitest";
import { searchIn } from "./routes.ts";

it("a page takes of its query what it knows, where that is said once and with something in it", () => {
  const query = { tab: "shares", resource: "", quota: ["a", "b"], stranger: "x" };
  expect(searchIn(query, ["tab", "environment", "resource", "quota"])).toEqual({ tab: "shares" });
});
