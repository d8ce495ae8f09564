import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { ContainerEngine, ContainerWish } from "#cluster/container-engine.ts";
import { type Client, clients } from "./clients.ts";

/** The environment variable by which gatehouse.yaml names the host's socket. */
export const socketVariable = "VOLUME_4_SOCKET";

const Stack = z.object({
  services: z.record(
    z.string(),
    z.object({ image: z.string(), healthcheck: z.unknown().optional(), depends_on: z.array(z.string()).default([]) }),
  ),
});

/** Every container that Compose would make of the clients' stacks, with the labels that it would give them. */
export async function containers(): Promise<ContainerWish[]> {
  const wishes = await Promise.all(
    clients.flatMap((client) => client.stacks.map((stack) => containersOf(client, stack))),
  );
  return wishes.flat();
}

async function containersOf(client: Client, stack: Client["stacks"][number]): Promise<ContainerWish[]> {
  const { services } = Stack.parse(parse(await readFile(join(import.meta.dirname, "stacks", `${stack}.yaml`), "utf8")));
  const project = `${client.id}-${stack}`;
  return Object.entries(services).map(([service, { image, healthcheck, depends_on: needs }]) => {
    const wrong = client.broken[service];
    return {
      name: `${project}-${service}-1`,
      image,
      check: healthcheck === undefined ? undefined : wrong === "unhealthy" ? "fails" : "passes",
      isBroken: wrong === "ends",
      labels: {
        "com.docker.compose.project": project,
        "com.docker.compose.service": service,
        "com.docker.compose.container-number": "1",
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.depends_on": needs.map((need) => `${need}:service_started:false`).join(","),
      },
    };
  });
}

/** Runs all of it, one after the other: it comes up beside everything else. Ends when the signal aborts. */
export async function deploy(engine: ContainerEngine, signal: AbortSignal): Promise<void> {
  for (const wish of await containers()) {
    if (signal.aborted) {
      return;
    }
    await engine.run(wish);
  }
}
