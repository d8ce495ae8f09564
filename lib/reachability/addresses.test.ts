import { expect, it } from "vitest";
import { liesIn } from "./addresses.ts";

const block = (cidr: string, ...except: string[]) => ({ cidr, except });

it.each([
  ["10.1.2.3", block("10.0.0.0/8"), "all"],
  ["11.1.2.3", block("10.0.0.0/8"), "none"],
  ["10.1.2.3", block("10.1.2.3/32"), "all"],
  ["10.1.2.3", block("10.1.2.9"), "none"],
  ["10.1.2.3", block("0.0.0.0/0"), "all"],
  ["255.255.255.255", block("128.0.0.0/1"), "all"],
  ["127.255.255.255", block("128.0.0.0/1"), "none"],
  ["10.1.2.3", block("0.0.0.0/0", "10.0.0.0/8"), "none"],
  ["10.1.2.3", block("10.0.0.0/8", "10.1.2.0/24"), "none"],
  ["10.1.3.3", block("10.0.0.0/8", "10.1.2.0/24"), "all"],
  ["10.244.0.0/16", block("10.0.0.0/8"), "all"],
  ["10.244.0.0/16", block("10.244.1.0/24"), "some"],
  ["10.244.0.0/16", block("10.0.0.0/8", "10.244.1.0/24"), "some"],
  ["10.244.0.0/16", block("10.0.0.0/8", "10.0.0.0/9"), "all"],
  ["10.244.0.0/16", block("10.0.0.0/8", "10.128.0.0/9"), "none"],
  ["10.244.0.0/16", block("192.168.0.0/16"), "none"],
  ["fd00::1", block("fd00::/8"), "all"],
  ["fd00::1", block("::/0"), "all"],
  ["fd00::1", block("::/0", "fd00::/64"), "none"],
  ["fe80:0:0:0:0:0:0:1", block("fe80::1"), "all"],
  ["::ffff:10.0.0.1", block("::ffff:a00:1/128"), "all"],
  ["fd00::1", block("0.0.0.0/0"), "none"],
  ["10.1.2.3", block("::/0"), "none"],
] as const)("of %s in %j lies: %s", (address, of, expected) => {
  expect(liesIn(address, of)).toBe(expected);
});

it.each([
  ["10.1.2", block("10.0.0.0/8")],
  ["10.1.2.300", block("10.0.0.0/8")],
  ["10.1.2.3", block("10.0.0.0/33")],
  ["10.1.2.3", block("10.0.0.0/8/8")],
  ["10.1.2.3", block("10.0.0.0/8", "ten")],
  ["fd00::1::2", block("::/0")],
  ["fd00:1", block("::/0")],
  ["1:2:3:4:5:6:7:8::", block("::/0")],
  ["", block("::/0")],
])("of %s in %j nobody knows", (address, of) => {
  expect(liesIn(address, of)).toBeUndefined();
});
