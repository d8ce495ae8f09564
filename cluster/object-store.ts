import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openParts, type Part } from "./parts.ts";
import { freePorts } from "./ports.ts";

/** Whoever has these may do everything there. */
export const objectStoreKeys = { accessKeyId: "test-root", secretAccessKey: "test-root-secret" } as const;
export const objectStoreRegion = "eu-test-1";

export type ObjectStore = {
  /** http://127.0.0.1:<port> */
  endpoint: string;
  /** The server, to be killed and started again. */
  server: Part;
  stop(): Promise<void>;
};

/**
 * Starts versitygw on loopback: an object store that speaks S3 and keeps what it is given, with versions, in folders. Throws with
 * the end of its log when it does not answer; nothing is left running then.
 */
export async function startObjectStore(options: { directory: string; program: string }): Promise<ObjectStore> {
  const { versitygw: port } = await freePorts(["versitygw"], {});
  const endpoint = `http://127.0.0.1:${port}`;
  const folder = (name: string) => join(options.directory, name);
  const [buckets, versions, metadata] = [folder("buckets"), folder("versions"), folder("metadata")];
  for (const path of [buckets, versions, metadata]) {
    await mkdir(path, { recursive: true });
  }
  const parts = await openParts(options.directory);
  const server = parts.add({
    name: "versitygw",
    program: options.program,
    arguments: [
      ...["--port", `127.0.0.1:${port}`, "--region", objectStoreRegion, "--health", "/health", "--quiet"],
      // Beside the objects: not every file system has room for metadata of its own.
      ...["posix", "--versioning-dir", versions, "--sidecar", metadata, buckets],
    ],
    environment: {
      HOME: options.directory,
      ROOT_ACCESS_KEY: objectStoreKeys.accessKeyId,
      ROOT_SECRET_KEY: objectStoreKeys.secretAccessKey,
    },
    isReady: async () => {
      const response = await fetch(`${endpoint}/health`).catch(() => undefined);
      return response?.ok === true;
    },
    advice: `Its whole log is ${join(options.directory, "logs", "versitygw.log")}.`,
  });
  try {
    await server.start();
  } catch (error) {
    await parts.stop();
    throw error;
  }
  return { endpoint, server, stop: () => parts.stop() };
}
