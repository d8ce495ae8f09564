import { expect, it } from "vitest";
import { createSourceFinder } from "./source.ts";

it.each([
  ["a stranger's header is not believed", [], "203.0.113.7", "198.51.100.1", "203.0.113.7"],
  ["our proxy's header is", ["10.0.0.0/8"], "10.1.2.3", "198.51.100.1", "198.51.100.1"],
  ["only what our proxy added is", ["10.0.0.0/8"], "10.1.2.3", "192.0.2.66, 198.51.100.1", "198.51.100.1"],
  ["two proxies are passed", ["10.0.0.0/8"], "10.1.2.3", "192.0.2.66, 198.51.100.1, 10.9.9.9", "198.51.100.1"],
  ["an IPv4 proxy on an IPv6 socket is known", ["10.1.2.3"], "::ffff:10.1.2.3", "2001:db8::1", "2001:db8:0:0::/64"],
  ["an IPv6 proxy is known", ["2001:db8:1::/48"], "2001:db8:1::5", "198.51.100.1", "198.51.100.1"],
  ["every address of an IPv6 /64 is one", [], "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"],
  ["and so is its shortest", [], "2001:DB8:1:2::", "", "2001:db8:1:2::/64"],
  ["the next /64 is another", [], "2001:db8:1:3::6", "", "2001:db8:1:3::/64"],
  ["an address of a link is one, whatever its zone", [], "fe80::1%eth0", "", "fe80:0:0:0::/64"],
  ["IPv4 on an IPv6 socket is its IPv4 address", [], "::ffff:203.0.113.7", "", "203.0.113.7"],
  ["an IPv6 loopback is one", [], "::1", "", "0:0:0:0::/64"],
  ["what is no address is not taken", ["10.0.0.0/8"], "10.1.2.3", "<script>", "10.1.2.3"],
  ["no header leaves the proxy itself", ["10.0.0.0/8"], "10.1.2.3", "", "10.1.2.3"],
  ["a closed socket is no reason to fail", ["10.0.0.0/8"], "", "198.51.100.1", ""],
])("%s", (_what, trusted, socket, forwardedFor, source) => {
  expect(createSourceFinder(trusted)(socket, forwardedFor)).toBe(source);
});
