import { Agent, type RequestOptions, request } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import * as z from "zod";

export type PodName = Readonly<{ namespace: string; name: string }>;

/** The API server as the benchmark calls it, on connections of its own. */
export type PodCalls = Readonly<{
  list(): Promise<{ pods: PodName[]; bytes: number; ms: number }>;
  /** The version of all pods as they are now, from which a watch can go on. */
  version(): Promise<string>;
  /** Sets how often the pod's container was restarted; in ms until the API server has answered. */
  setRestarts(pod: PodName, restarts: number): Promise<number>;
  close(): void;
}>;

const PodList = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) })),
});

const Versioned = z.object({ metadata: z.object({ resourceVersion: z.string() }) });

/** A user agent that is curl's would be answered with indented JSON, twice as large. */
const headers = { "User-Agent": "gatehouse-bench", Accept: "application/json" };

export async function openPodCalls(kubeconfig: string): Promise<PodCalls> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const server = config.getCurrentCluster()?.server ?? "";
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const agent = new Agent({ ca: options.ca, keepAlive: true, maxSockets: 64 });

  function call(method: string, path: string, type: string, body: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const sent = { ...options, agent, method, headers: { ...options.headers, ...headers, "Content-Type": type } };
      request(`${server}${path}`, sent, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode === 200) {
            resolve(Buffer.concat(parts));
          } else {
            reject(new Error(`the API server answers ${response.statusCode} to ${method} ${path}`));
          }
        });
      })
        .on("error", reject)
        .end(body);
    });
  }

  return {
    async list() {
      const startedAt = performance.now();
      const bytes = await call("GET", "/api/v1/pods", "application/json", "");
      const ms = performance.now() - startedAt;
      const { items } = PodList.parse(JSON.parse(bytes.toString("utf8")));
      return { pods: items.map(({ metadata }) => metadata), bytes: bytes.byteLength, ms };
    },
    async version() {
      const bytes = await call("GET", "/api/v1/pods?limit=1", "application/json", "");
      return Versioned.parse(JSON.parse(bytes.toString("utf8"))).metadata.resourceVersion;
    },
    async setRestarts({ namespace, name }, restarts) {
      const patch = [{ op: "replace", path: "/status/containerStatuses/0/restartCount", value: restarts }];
      const startedAt = performance.now();
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
      await call("PATCH", path, "application/json-patch+json", JSON.stringify(patch));
      return performance.now() - startedAt;
    },
    close: () => agent.destroy(),
  };
}
