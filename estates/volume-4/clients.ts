/** A client's own deployment: its stacks, and the services of it that do not work, on purpose. */
export type Client = Readonly<{
  id: string;
  stacks: readonly ("app" | "databases" | "monitoring" | "agents")[];
  /** By service: `ends` is a container that does not stay up, `unhealthy` one whose health check fails. */
  broken: Readonly<Record<string, "ends" | "unhealthy">>;
}>;

export const clients: readonly Client[] = [
  { id: "amber", stacks: ["app", "databases", "monitoring", "agents"], broken: {} },
  // A client's trial, on which something is always amiss: a worker that does not stay up and a database that is unwell.
  { id: "birch", stacks: ["app", "databases"], broken: { worker: "ends", mongo: "unhealthy" } },
];
