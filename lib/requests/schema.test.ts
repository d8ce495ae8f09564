import { expect, it } from "vitest";
import { Reason } from "./schema.ts";

it.each([
  ["too short", "why"],
  ["only spaces", "           "],
  ["longer than 2,000 characters", "x".repeat(2001)],
  ["with a NUL, which PostgreSQL's jsonb refuses", "because\u0000 of it"],
  ["with an escape sequence", "because \u001b[31m of it"],
])("a reason that is %s is refused", (_what, reason) => {
  expect(Reason.safeParse(reason).success).toBe(false);
});

it.each([
  "Verified in sandbox since Tuesday.",
  "Zwei Zeilen\nmit Umlaut: ä\tund Tab",
  "支付重试导致重复扣款，已在沙盒验证",
])("a reason in anybody's words is taken: %s", (reason) => {
  expect(Reason.parse(reason)).toBe(reason);
});
