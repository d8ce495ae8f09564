/** A block of addresses, or one alone: the bits that all of its addresses begin with. */
type Block = Readonly<{ width: 32 | 128; start: bigint; length: number }>;

/** A block of addresses that leaves some out, as an `ipBlock` of a NetworkPolicy. */
export type BlockBut = Readonly<{ cidr: string; except: readonly string[] }>;

/** Whether all addresses of one block lie in another, none, or some; undefined for what is no block of addresses. */
export function liesIn(address: string, { cidr, except }: BlockBut): "all" | "none" | "some" | undefined {
  const [inner, outer, ...holes] = [address, cidr, ...except].map(parseBlock);
  const left = holes.flatMap((hole) => hole ?? []);
  if (inner === undefined || outer === undefined || left.length < holes.length) {
    return undefined;
  }
  if (!overlap(inner, outer) || left.some((hole) => contains(hole, inner))) {
    return "none";
  }
  return contains(outer, inner) && !left.some((hole) => overlap(hole, inner)) ? "all" : "some";
}

function overlap(a: Block, b: Block): boolean {
  return contains(a, b) || contains(b, a);
}

function contains(outer: Block, inner: Block): boolean {
  const rest = BigInt(outer.width - outer.length);
  return outer.width === inner.width && outer.length <= inner.length && outer.start >> rest === inner.start >> rest;
}

/** `10.0.0.0/8`, `fd00::/64`, or an address without a length; undefined for anything else. */
function parseBlock(text: string): Block | undefined {
  const [address = "", length, ...more] = text.split("/");
  const width = address.includes(":") ? 128 : 32;
  const start = width === 128 ? parseIpv6(address) : parseIpv4(address);
  const bits = length === undefined ? width : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  return start === undefined || more.length > 0 || !(bits <= width) ? undefined : { width, start, length: bits };
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  const isAddress = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  return isAddress ? parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) : undefined;
}

/** RFC 4291, section 2.2: eight groups, of which `::` stands for those of zeros, once, and the last two may be an IPv4 address. */
function parseIpv6(text: string): bigint | undefined {
  const [head = [], tail, ...more] = text.split("::").map(groupsOf);
  const groups = tail === undefined ? head : [...head, ...zeros(8 - head.length - tail.length), ...tail];
  const isAddress = groups.length === 8 && more.length === 0 && (tail === undefined || head.length + tail.length < 8);
  return isAddress && groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n)
    : undefined;
}

function zeros(count: number): string[] {
  return Array.from({ length: Math.max(0, count) }, () => "0");
}

function groupsOf(text: string): string[] {
  const groups = text === "" ? [] : text.split(":");
  const last = parseIpv4(groups.at(-1) ?? "");
  return last === undefined
    ? groups
    : [...groups.slice(0, -1), (last >> 16n).toString(16), (last & 65_535n).toString(16)];
}
