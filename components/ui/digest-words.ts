const digestPattern = /^(?:[a-z0-9]+:)?([0-9a-f]{64,128})$/;
const revisionPattern = /^[0-9a-f]{40}$/;

/**
 * A long name short enough to compare by eye: a digest becomes its first twelve hex digits in fours
 * ("9f3c·2ab1·77d0"), a git revision its first seven; anything else stays as it is.
 */
export function shortenDigest(value: string): string {
  if (revisionPattern.test(value)) {
    return value.slice(0, 7);
  }
  const hex = digestPattern.exec(value)?.[1];
  if (hex === undefined) {
    return value;
  }
  return [hex.slice(0, 4), hex.slice(4, 8), hex.slice(8, 12)].join("·");
}
