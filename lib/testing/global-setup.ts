import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startControlPlane } from "#cluster/control-plane.ts";
import { createNodes } from "#cluster/nodes.ts";
import { createDatabase, startPostgres } from "#cluster/postgres.ts";
import { obtainPrograms } from "#cluster/programs.ts";
import { migrate } from "#prisma/migrate.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of a PostgreSQL server of the run's own; a test makes itself a database on it. */
    postgresUrl: string;
    /** The name of a database there that holds all migrations and no rows, to be copied. */
    migratedDatabase: string;
    /** Of a real control plane of the run's own; a test makes itself a namespace in it. */
    kubeconfigs: { admin: string; gatehouse: string };
    /** Path of the program, for a test that asks past all of ours. */
    kubectl: string;
    /** Path of its API server's own record, one JSON object a line. */
    auditLog: string;
  }
}

const MIGRATED = "migrated";
const NODES = ["node-1", "node-2"].map((name) => ({ name, cpu: "16", memory: "64Gi", pods: 110, zone: "eu-test-1a" }));

/** Starts one PostgreSQL and one Kubernetes control plane for the whole run and hands their addresses to the tests. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "gatehouse-test-"));
  const stops: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })];
  async function teardown(): Promise<void> {
    for (const stop of stops.splice(0).reverse()) {
      await stop();
    }
  }
  try {
    const programs = await obtainPrograms({ environment: process.env });
    const postgres = await startPostgres({ directory: join(directory, "postgres") });
    stops.push(() => postgres.stop());
    await migrate(await createDatabase(postgres.url, MIGRATED));
    const controlPlane = await startControlPlane({
      name: "test",
      directory: join(directory, "cluster"),
      programs,
      stages: "fast",
    });
    stops.push(() => controlPlane.stop());
    await createNodes(controlPlane, NODES);
    // An API server holds only the versions since its own start, so that a watch from an earlier one is answered with 410.
    await controlPlane.part("kube-apiserver").kill();
    await controlPlane.part("kube-apiserver").start();
    const { admin, gatehouse } = controlPlane.kubeconfigs;
    project.provide("postgresUrl", postgres.url);
    project.provide("migratedDatabase", MIGRATED);
    project.provide("kubeconfigs", { admin, gatehouse });
    project.provide("kubectl", programs.kubectl);
    project.provide("auditLog", controlPlane.auditLog);
    return teardown;
  } catch (failure) {
    await teardown();
    throw failure;
  }
}
