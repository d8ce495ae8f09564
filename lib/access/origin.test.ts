import { expect, it } from "vitest";
import { isOwnOrigin, ownPath } from "./origin.ts";

it.each([
  ["https://gatehouse.example", "https://gatehouse.example"],
  ["https://gatehouse.example", "https://gatehouse.example/"],
  ["https://gatehouse.example", "https://gatehouse.example:443/base"],
  ["https://GATEHOUSE.example", "https://gatehouse.example"],
  ["https://gatehouse.example:8443", "https://gatehouse.example:8443"],
  ["http://127.0.0.1:3000", "http://127.0.0.1:3000"],
  ["http://localhost:3000", "http://127.0.0.1:3000"],
  ["http://127.0.0.1:3000", "http://localhost:3000"],
])("%s is our own at %s", (origin, publicUrl) => {
  expect(isOwnOrigin(origin, publicUrl)).toBe(true);
});

it.each([
  [null, "https://gatehouse.example"],
  ["null", "https://gatehouse.example"],
  ["", "https://gatehouse.example"],
  ["http://gatehouse.example", "https://gatehouse.example"],
  ["https://gatehouse.example:8443", "https://gatehouse.example"],
  ["https://evil.example", "https://gatehouse.example"],
  ["https://gatehouse.example.evil.example", "https://gatehouse.example"],
  ["https://evil.gatehouse.example", "https://gatehouse.example"],
  ["https://gatehouse.example@evil.example", "https://gatehouse.example"],
  ["https://gatehouse.example/", "https://gatehouse.example"],
  ["http://localhost:3001", "http://127.0.0.1:3000"],
  ["https://localhost:3000", "http://127.0.0.1:3000"],
  ["http://localhost", "http://gatehouse.example"],
])("%s is foreign at %s", (origin, publicUrl) => {
  expect(isOwnOrigin(origin, publicUrl)).toBe(false);
});

it("everything is foreign where nobody said which address people open", () => {
  expect(isOwnOrigin("https://gatehouse.example", "")).toBe(false);
});

it.each([
  ["/requests/req_1?a=b", "/requests/req_1?a=b"],
  ["https://gatehouse.example/requests", "/requests"],
  ["https://evil.example/", "/"],
  ["//evil.example/requests", "/"],
  ["/\\evil.example", "/"],
  ["javascript:alert(1)", "/"],
  ["http://gatehouse.example/requests", "/"],
  ["http://[", "/"],
])("the way back to %s is %s, never elsewhere", (path, expected) => {
  const { origin, pathname, search } = ownPath(path, "https://gatehouse.example");
  expect([origin, `${pathname}${search}`]).toEqual(["https://gatehouse.example", expected]);
});
