import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findContainerEngine, startContainerEngine } from "#cluster/container-engine.ts";

/** A container engine of a test's own. */
export type Engine = Readonly<{
  socketPath: string;
  /** A container labelled as Compose labels them; its id. */
  run(project: string, service: string): Promise<string>;
  remove(id: string): Promise<void>;
  stop(): Promise<void>;
}>;

export const engineHere = findContainerEngine;

export async function startEngine(program: string): Promise<Engine> {
  const directory = await mkdtemp(join(tmpdir(), "gatehouse-engine-"));
  const engine = await startContainerEngine({ program, directory, socketPath: join(directory, "docker.sock") });
  return {
    socketPath: engine.socketPath,
    run: (project, service) =>
      engine.run({
        name: `${project}-${service}-1`,
        labels: {
          "com.docker.compose.project": project,
          "com.docker.compose.service": service,
          "com.docker.compose.container-number": "1",
        },
      }),
    remove: engine.remove,
    async stop() {
      await engine.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}
