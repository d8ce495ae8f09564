import { once } from "node:events";
import { createServer, type Server } from "node:net";

const host = "127.0.0.1";

/**
 * One free loopback port for each name. A wished port is kept where it is free, so that addresses given out before stay valid;
 * all of them are held until the last is found, so no port is given twice.
 */
export async function freePorts<Name extends string>(
  names: readonly Name[],
  wished: Readonly<Partial<Record<Name, number>>>,
): Promise<Record<Name, number>> {
  const held: Server[] = [];
  const entries: [Name, number][] = [];
  try {
    for (const name of names) {
      const server = (await listen(wished[name] ?? 0)) ?? (await listen(0));
      if (server === undefined) {
        throw new Error(
          `No loopback port could be had for ${name}, so nothing was started. End some programs and try again.`,
        );
      }
      held.push(server);
      entries.push([name, portOf(server)]);
    }
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
  return Object.fromEntries(entries) as Record<Name, number>;
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen(port, host);
  try {
    await once(server, "listening");
    return server;
  } catch {
    // Somebody else has it; the caller takes another.
    return undefined;
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("A listening socket has no port. This is a fault in Gatehouse.");
  }
  return address.port;
}
