import * as z from "zod";
import type { ComposeContainer } from "#lib/clusters/model.ts";

/** What Compose itself sets. https://docs.docker.com/reference/compose-file/services/#labels */
const PROJECT = "com.docker.compose.project";
const SERVICE = "com.docker.compose.service";
const NUMBER = "com.docker.compose.container-number";
const ONE_OFF = "com.docker.compose.oneoff";
/** `db:service_healthy:false,cache:service_started:false` */
const DEPENDS_ON = "com.docker.compose.depends_on";

/** Picks the containers that Compose made. */
export const COMPOSE_FILTER = JSON.stringify({ label: [PROJECT] });

const Listed = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()).nullish().catch(undefined),
    Labels: z.record(z.string(), z.string()).nullish().catch(undefined),
  }),
);

const Container = z.object({
  Id: z.string(),
  Name: z.string(),
  // No time is NaN, which is no number to zod either.
  Created: z.string().transform(Date.parse).pipe(z.number()),
  RestartCount: z.number().default(0),
  Config: z.object({
    Image: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Healthcheck: z.object({ Test: z.array(z.string()).nullish() }).nullish(),
  }),
  HostConfig: z.object({ Memory: z.number().default(0), NanoCpus: z.number().default(0) }).prefault({}),
  State: z.object({
    Status: z.string(),
    ExitCode: z.number().default(0),
    OOMKilled: z.boolean().default(false),
    Health: z.object({ Status: z.string() }).nullish(),
  }),
});

/** The ids of a list of containers, each with its name as `<project>/<container>`. Throws ZodError for what is no list. */
export function toIds(listed: unknown): { id: string; name: string }[] {
  return Listed.parse(listed).map(({ Id, Names, Labels }) => ({
    id: Id,
    name: `${Labels?.[PROJECT] ?? ""}/${withoutSlash(Names?.[0] ?? Id)}`,
  }));
}

function withoutSlash(name: string): string {
  return name.replace(/^\//, "");
}

/** One container, as the engine inspects it; undefined for one that Compose did not make. Throws ZodError for what is none. */
export function toContainer(inspected: unknown): ComposeContainer | undefined {
  const { Id, Name, Created, RestartCount, Config, HostConfig, State } = Container.parse(inspected);
  const labels = Config.Labels ?? {};
  const { [PROJECT]: project, [SERVICE]: service } = labels;
  if (project === undefined || service === undefined) {
    return undefined;
  }
  return {
    id: Id,
    name: withoutSlash(Name),
    project,
    service,
    number: Number(labels[NUMBER] ?? "1") || 1,
    isOneOff: labels[ONE_OFF]?.toLowerCase() === "true",
    image: Config.Image,
    createdAt: Created,
    state: State.Status,
    exitCode: State.ExitCode,
    isOutOfMemory: State.OOMKilled,
    restarts: RestartCount,
    health: healthOf(Config.Healthcheck?.Test, State.Health?.Status),
    dependsOn: (labels[DEPENDS_ON] ?? "").split(",").flatMap((one) => one.split(":")[0] || []),
    memoryBytes: HostConfig.Memory === 0 ? undefined : HostConfig.Memory,
    cpuCores: HostConfig.NanoCpus === 0 ? undefined : HostConfig.NanoCpus / 1e9,
  };
}

/** Podman says `""` or `none` of a container without a check, Docker nothing at all. */
function healthOf(test: readonly string[] | null | undefined, status: string | undefined): ComposeContainer["health"] {
  if (status === "healthy" || status === "unhealthy" || status === "starting") {
    return status;
  }
  const hasCheck = test !== null && test !== undefined && test.length > 0 && test[0] !== "NONE";
  return hasCheck ? "starting" : undefined;
}
