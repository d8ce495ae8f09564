import "server-only";
import { BlockList, isIP } from "node:net";

/** Set on every request by the door, whatever came in under that name. */
export const SOURCE_HEADER = "x-gatehouse-source";

const familyOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

/**
 * Tells where a request comes from: the socket's address, and where that is one of ours in front, the last address of
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
  return (socket, forwardedFor) => {
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
}
