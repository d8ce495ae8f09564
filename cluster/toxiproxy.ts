import { join } from "node:path";
import { z } from "zod";
import { openParts } from "./parts.ts";
import { freePorts } from "./ports.ts";

const answerWithinMs = 5_000;

/** What is done to the bytes of a way; "downstream" is what the server sends. https://github.com/Shopify/toxiproxy#toxics */
export type Toxic = {
  type: "latency" | "bandwidth" | "timeout" | "slicer" | "reset_peer" | "limit_data";
  stream: "upstream" | "downstream";
  attributes: Readonly<Record<string, number>>;
};

/** A way to one address that can be disturbed at will. */
export type FaultyWay = {
  /** https://127.0.0.1:<port> */
  url: string;
  /** Ends every connection and refuses new ones. */
  cut(): Promise<void>;
  poison(toxic: Toxic): Promise<void>;
  /** Undoes all that was done to it. */
  heal(): Promise<void>;
};

export type Toxiproxy = {
  /** `upstream` is an address such as https://127.0.0.1:6443; TLS goes through untouched. */
  wayTo(name: string, upstream: string): Promise<FaultyWay>;
  stop(): Promise<void>;
};

const proxyShape = z.object({ listen: z.string() });

/** Starts toxiproxy on loopback. Throws with the end of its log when it does not answer; nothing is left running then. */
export async function startToxiproxy(options: { directory: string; program: string }): Promise<Toxiproxy> {
  const { toxiproxy: port } = await freePorts(["toxiproxy"], {});
  const address = `http://127.0.0.1:${port}`;
  const parts = await openParts(options.directory);
  const ask = async (path: string, body: unknown): Promise<unknown> => {
    const response = await fetch(`${address}${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    if (!response.ok) {
      throw new Error(`toxiproxy answers ${path} with ${response.status}: ${await response.text()}`);
    }
    return response.status === 204 ? undefined : response.json();
  };
  const part = parts.add({
    name: "toxiproxy",
    program: options.program,
    arguments: ["-host", "127.0.0.1", "-port", String(port)],
    environment: { HOME: options.directory, LOG_LEVEL: "error" },
    isReady: async () => {
      const response = await fetch(`${address}/version`).catch(() => undefined);
      return response?.ok === true;
    },
    advice: `Its whole log is ${join(options.directory, "logs", "toxiproxy.log")}.`,
  });
  try {
    await part.start();
  } catch (error) {
    await parts.stop();
    throw error;
  }
  return {
    async wayTo(name, upstream) {
      const { host } = new URL(upstream);
      const proxy = await ask("/proxies", { name, listen: "127.0.0.1:0", upstream: host, enabled: true });
      const { listen } = proxyShape.parse(proxy);
      // Kept when it is enabled again: with port 0 it would get another one.
      const settings = { name, listen, upstream: host };
      return {
        url: `https://${listen}`,
        async cut() {
          await ask(`/proxies/${name}`, { ...settings, enabled: false });
        },
        async poison(toxic) {
          await ask(`/proxies/${name}/toxics`, toxic);
        },
        async heal() {
          // Enables every proxy and takes away every toxic.
          await ask("/reset", {});
        },
      };
    },
    stop: () => parts.stop(),
  };
}
