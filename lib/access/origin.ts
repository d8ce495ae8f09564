/**
 * Whether a request that changes something comes from our own pages. No Origin, `null` and any other origin are foreign:
 * every browser sends Origin with a POST (RFC 6454), and Next would let one without it pass.
 */
export function isOwnOrigin(origin: string | null, publicUrl: string): boolean {
  if (origin === null || !URL.canParse(publicUrl)) {
    return false;
  }
  return ownOrigins(publicUrl).includes(origin.toLowerCase());
}

/** A path of our own, with its query; the first page for whatever leads elsewhere. */
export function ownPath(path: string, publicUrl: string): URL {
  const home = new URL("/", publicUrl);
  const url = URL.canParse(path, publicUrl) ? new URL(path, publicUrl) : home;
  return url.origin === home.origin ? url : home;
}

/** The origin people open; on loopback both of its names, since a browser may be given either. */
function ownOrigins(publicUrl: string): string[] {
  const { protocol, hostname, port } = new URL(publicUrl);
  const withPort = (host: string) => `${protocol}//${host}${port === "" ? "" : `:${port}`}`;
  const isLoopback = hostname === "127.0.0.1" || hostname === "localhost";
  return isLoopback ? [withPort("127.0.0.1"), withPort("localhost")] : [withPort(hostname)];
}
