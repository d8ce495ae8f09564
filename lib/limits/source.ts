import "server-only";
import { BlockList, isIP } from "node:net";

/** Set on every request by the door, whatever came in under that name. */
export const SOURCE_HEADER = "x-gatehouse-source";

const familyOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

/**
 * Tells where a request comes from, as `networkOf` has it: the socket's address, and where that is one of ours in front, the last address of
 * X-Forwarded-For that is not. What stands further left in that header was written by the sender and says nothing.
 * `trusted` are addresses and CIDR ranges.
 */
export function createSourceFinder(trusted: readonly string[]): (socket: string, forwardedFor: string) => string {
  const ours = new BlockList();
  for (const entry of trusted) {
    const [address = "", bits] = entry.split("/");
    if (bits === undefined) {
      ours.addAddress(address, familyOf(address));
    } else {
      ours.addSubnet(address, Number(bits), familyOf(address));
    }
  }
  const sourceOf = (socket: string, forwardedFor: string) => {
    const hops = forwardedFor.split(",").map((hop) => hop.trim());
    let source = socket;
    while (isIP(source) !== 0 && ours.check(source, familyOf(source))) {
      const hop = hops.pop();
      if (hop === undefined || isIP(hop) === 0) {
        return source;
      }
      source = hop;
    }
    return source;
  };
  return (socket, forwardedFor) => networkOf(sourceOf(socket, forwardedFor));
}

/**
 * What limits are kept for: an IPv4 address, however it is written, and of IPv6 the /64, which one subscriber has whole and can
 * take any address of (RFC 6177, RFC 8981).
 */
function networkOf(address: string): string {
  if (isIP(address) !== 6) {
    return address;
  }
  // The one way to write it (RFC 5952), but for the dots of an IPv4 address in it.
  const written = new URL(`http://[${address.split("%")[0]}]`).hostname.slice(1, -1);
  const [head = "", tail] = written.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const parts = [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
  const [high = "0", low = "0"] = parts.slice(6);
  if (parts.slice(0, 6).join(":") === "0:0:0:0:0:ffff") {
    const bits = [high, low].map((part) => Number.parseInt(part, 16));
    return bits.flatMap((part) => [part >> 8, part & 255]).join(".");
  }
  return `${parts.slice(0, 4).join(":")}::/64`;
}
