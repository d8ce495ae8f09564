import { execFile } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { ClientRequest, IncomingMessage } from "node:http";
import { promisify } from "node:util";

const run = promisify(execFile);
const STREAMS = /watch=1|\/events\?/;
const CALL_ANSWERED = "http.client.response.finish";

/** The local ports of this process's watches and streams of events as they are opened: the last one for each path without its query. */
export function watchPorts(): Readonly<{ portOf(path: string): number | undefined; stop(): void }> {
  const ports = new Map<string, number>();
  const note = (message: unknown) => {
    if (typeof message !== "object" || message === null || !("request" in message) || !("response" in message)) {
      return;
    }
    const { request, response } = message;
    if (request instanceof ClientRequest && response instanceof IncomingMessage && STREAMS.test(request.path)) {
      ports.set(request.path.split("?")[0] ?? "", response.socket.localPort ?? 0);
    }
  };
  subscribe(CALL_ANSWERED, note);
  return {
    portOf: (path) => ports.get(path),
    stop() {
      unsubscribe(CALL_ANSWERED, note);
    },
  };
}

/** Whether this machine lets whoever this is drop packets. */
export async function canDropPackets(): Promise<boolean> {
  return run("iptables", ["--list", "INPUT"]).then(
    () => true,
    () => false,
  );
}

/**
 * Loses every packet of one connection over loopback, both ways, so that neither end is told anything; all others go on. The
 * answer lets them through again.
 */
export async function silenceLine(localPort: number): Promise<() => Promise<void>> {
  const rules = ["--source-port", "--destination-port"].map((side) => [
    ...["INPUT", "--in-interface", "lo", "--protocol", "tcp", side, String(localPort), "--jump", "DROP"],
  ]);
  for (const rule of rules) {
    await run("iptables", ["--wait", "--insert", ...rule]);
  }
  return async () => {
    for (const rule of rules) {
      await run("iptables", ["--wait", "--delete", ...rule]);
    }
  };
}
