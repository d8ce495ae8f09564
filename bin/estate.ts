import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type ContainerEngine, findContainerEngine, startContainerEngine } from "#cluster/container-engine.ts";
import { type ControlPlane, partNames, startControlPlane } from "#cluster/control-plane.ts";
import { openParts, type Part, type Parts } from "#cluster/parts.ts";
import { type Postgres, startPostgres } from "#cluster/postgres.ts";
import type { Programs } from "#cluster/programs.ts";
import type { StagePace } from "#cluster/stages.ts";
import { prepareCluster } from "#estates/gravv/cluster.ts";
import { targets } from "#estates/gravv/deployment.ts";
import { createRepository } from "#estates/gravv/repository.ts";
import { deploy, socketVariable } from "#estates/volume-4/host.ts";
import type { WatchedPlatform } from "#estates/watched.ts";
import { migrate } from "#prisma/migrate.ts";
import { keepConsoleLogin } from "./console-login.ts";
import { readDeploymentProgress } from "./first-deployment.ts";
import { nextArguments } from "./next-program.ts";
import { root } from "./processes.mjs";
import type { Supervised } from "./supervisor.ts";

/** The platform that Gatehouse delivers, which has a cluster of the same name. */
const platform = "gravv";
const ownConfigFile = join(root, "estates", "gatehouse.yaml");
const workflowProgram = join(root, "estates", platform, "deploy-workflow.ts");

const consoleRestartMs = 1_000;
/** Long enough for an outage to be seen. */
const partRestartMs = 10_000;
const consoleEndsWithinMs = 1_500;
const readyWithinMs = 120_000;
const deployedWithinMs = 300_000;
const lookEveryMs = 500;

export type EstateOptions = Readonly<{
  /** Everything that the estate keeps is here; a second start with the same folder resumes what was there. */
  directory: string;
  /** Where the console listens, on 127.0.0.1. */
  port: number;
  /** A PostgreSQL that is there already; without it the estate brings its own. */
  databaseUrl?: string | undefined;
  /** Another gatehouse.yaml than the estate's own, such as one with shorter waits or fewer platforms. */
  configFile?: string | undefined;
}>;

/** What stands in `ready.json`, for tests, scripts and people. The kubeconfigs are cluster-admin ones. */
export type Ready = Readonly<{
  url: string;
  kubeconfigs: Readonly<Record<string, string>>;
  repositories: Readonly<Record<string, string>>;
  databaseUrl: string;
  /** Where the checkpoints of the record are. */
  checkpoints: string;
  auditLogs: Readonly<Record<string, string>>;
  accounts: readonly Readonly<{ account: string; roles: readonly string[] }>[];
  processes: readonly Readonly<{ name: string; pid: number }>[];
}>;

const readyzShape = z.object({ missing: z.array(z.string()) });

/**
 * The example estate: PostgreSQL, gravv's repository, cluster and deployment workflow, the clusters of the platforms that
 * Gatehouse only watches, and the console over them. Each part is started by its own method, those that a part needs before
 * it; what nobody starts is not there. `stop` ends what was started.
 */
export class Estate {
  readonly directory: string;
  /** The console's address. */
  readonly url: string;
  readonly #port: number;
  readonly #configFile: string;
  readonly #parts: Parts;
  #databaseUrl: string | undefined;
  #postgres: Postgres | undefined;
  #cluster: ControlPlane | undefined;
  #engine: ContainerEngine | undefined;
  readonly #watched = new Map<WatchedPlatform, ControlPlane>();
  #programs: Programs | undefined;
  #workflow: Part | undefined;
  #console: Part | undefined;

  private constructor({ directory, port, databaseUrl, configFile = ownConfigFile }: EstateOptions, parts: Parts) {
    this.directory = directory;
    this.url = `http://127.0.0.1:${port}`;
    this.#port = port;
    this.#configFile = configFile;
    this.#databaseUrl = databaseUrl;
    this.#parts = parts;
  }

  /** Makes the folder, and ends what an earlier owner that was killed left running. Starts nothing. */
  static async open(options: EstateOptions): Promise<Estate> {
    return new Estate(options, await openParts(options.directory));
  }

  get databaseUrl(): string {
    return given(this.#databaseUrl, "database");
  }

  get cluster(): ControlPlane {
    return given(this.#cluster, "cluster");
  }

  get console(): Part {
    return given(this.#console, "console");
  }

  get workflow(): Part {
    return given(this.#workflow, "deployment workflow");
  }

  /** gravv's bare repository. */
  get repository(): string {
    return join(this.directory, `${platform}.git`);
  }

  async startDatabase(): Promise<void> {
    if (this.#databaseUrl === undefined) {
      this.#postgres = await startPostgres({ directory: join(this.directory, "postgres") });
      this.#databaseUrl = this.#postgres.url;
    }
  }

  /** Needs the database. Answers the names of the migrations that were applied. */
  async migrateDatabase(): Promise<string[]> {
    try {
      return await migrate(this.databaseUrl);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `The migrations could not be applied, so the console was not started: ${reason.trim().replaceAll(/\s*\n\s*/g, " ")} Mend the database that DATABASE_URL names, or unset it to have one of the demo's own.`,
        { cause: error },
      );
    }
  }

  async createRepository(now: Date): Promise<void> {
    await createRepository({ directory: this.repository, now });
  }

  async startCluster(programs: Programs, stages: StagePace, onProgress: (waitingFor: string) => void): Promise<void> {
    this.#programs = programs;
    const directory = join(this.directory, clusterDirectory(platform));
    this.#cluster = await startControlPlane({ name: platform, directory, programs, stages, onProgress });
  }

  /** Needs the cluster. */
  prepareCluster(): Promise<void> {
    return prepareCluster(this.cluster);
  }

  /** Starts the cluster of a platform that Gatehouse watches. */
  async startWatched(watched: WatchedPlatform, programs: Programs, stages: StagePace): Promise<void> {
    const { cluster: name } = watched;
    const directory = join(this.directory, clusterDirectory(name));
    this.#watched.set(watched, await startControlPlane({ name, directory, programs, stages }));
  }

  /** Applies all watched platforms to their clusters; their pods come up by and by. Needs the clusters. */
  async applyWatched(): Promise<void> {
    await Promise.all([...this.#watched].map(([watched, controlPlane]) => watched.prepare(controlPlane)));
  }

  /** Starts volume-4's host, where this machine has a container engine; its containers come up by and by. Whether it has one. */
  async startComposeHost(signal: AbortSignal): Promise<boolean> {
    const program = await findContainerEngine();
    if (program === undefined) {
      return false;
    }
    const directory = join(this.directory, "compose-host");
    this.#engine = await startContainerEngine({ program, directory, socketPath: this.#composeSocket });
    await deploy(this.#engine, signal);
    return true;
  }

  /** Needs the repository and the prepared cluster. */
  async startWorkflow(): Promise<void> {
    const { kubectl } = given(this.#programs, "cluster");
    this.#workflow ??= this.#parts.add({
      name: `deploy-workflow@${platform}`,
      program: process.execPath,
      arguments: [
        workflowProgram,
        ...["--repository", this.repository],
        ...["--kubeconfig", this.cluster.kubeconfigs.admin],
        ...["--kubectl", kubectl],
      ],
      environment: process.env,
      advice: `Its whole log is ${this.#logOf(`deploy-workflow@${platform}`)}.`,
    });
    await this.#workflow.start();
  }

  /** Waits until both branches have been deployed and every service is wholly there. Needs the deployment workflow. */
  async waitForDeployment(signal: AbortSignal, onProgress: (available: number, wanted: number) => void): Promise<void> {
    const giveUpAt = performance.now() + deployedWithinMs;
    for (;;) {
      const { available, wanted, isReached } = await readDeploymentProgress(this.cluster, targets);
      onProgress(available, wanted);
      if (isReached) {
        return;
      }
      if (performance.now() > giveUpAt) {
        throw new Error(
          `After ${deployedWithinMs / 1_000} s only ${available} of ${wanted} services are there. ${this.#logOf(`deploy-workflow@${platform}`)} says what was deployed; kubectl --kubeconfig=${this.cluster.kubeconfigs.admin} get pods -A says what is missing.`,
        );
      }
      await sleep(lookEveryMs, undefined, { signal });
    }
  }

  /** Starts the built console and waits until it answers. Needs the build, the database, the repository and the cluster. */
  async startConsole(): Promise<void> {
    if (this.#console === undefined) {
      await makeSigningKey(this.#recordKey);
      const environment = await this.#consoleEnvironment();
      await writeEnvironment(consoleEnvironmentFile(this.directory), environment);
      this.#console = this.#parts.add({
        name: "console",
        program: process.execPath,
        arguments: nextArguments("start", { hostname: "127.0.0.1", port: this.#port }),
        environment: { ...process.env, ...environment },
        workingDirectory: root,
        isReady: async () => (await statusOf(`${this.url}/api/healthz`)) === 200,
        advice: `Its whole log is ${this.#logOf("console")}.`,
      });
    }
    await this.#console.start();
  }

  /** Waits until the console has read every source once. Needs the console. */
  async waitUntilReady(signal: AbortSignal, onMissing: (missing: readonly string[]) => void): Promise<void> {
    const giveUpAt = performance.now() + readyWithinMs;
    for (;;) {
      const response = await fetch(`${this.url}/api/readyz`, { signal });
      const missing = readyzShape.safeParse(await response.json().catch(() => undefined)).data?.missing ?? [];
      if (response.status === 200 && missing.length === 0) {
        return;
      }
      onMissing(missing);
      if (performance.now() > giveUpAt) {
        throw new Error(
          `The console answers but is not ready after ${readyWithinMs / 1_000} s: ${missing.join(", ")} missing. Its log is ${this.#logOf("console")}.`,
        );
      }
      await sleep(lookEveryMs, undefined, { signal });
    }
  }

  /** What others need to know of the estate. Needs all of its parts. */
  async ready(): Promise<Ready> {
    const clusters = [this.cluster, ...this.#watched.values()];
    return {
      url: this.url,
      kubeconfigs: Object.fromEntries(clusters.map(({ name, kubeconfigs }) => [name, kubeconfigs.admin])),
      repositories: { [platform]: this.repository },
      databaseUrl: this.databaseUrl,
      checkpoints: this.#checkpoints,
      auditLogs: Object.fromEntries(clusters.map(({ name, auditLog }) => [name, auditLog])),
      accounts: await this.#accounts(),
      processes: this.processes(),
    };
  }

  /** What runs now. */
  processes(): { name: string; pid: number }[] {
    return this.supervised().flatMap(({ name, pid }) => (pid === null ? [] : [{ name, pid }]));
  }

  /** Everything that was started, and how to start it again. */
  supervised(): Supervised[] {
    return [
      ...(this.#postgres === undefined ? [] : [this.#supervisedPostgres()]),
      ...this.#clusters().flatMap((cluster) =>
        partNames.map((name) => supervised(cluster.part(name), partRestartMs, `${name}@${cluster.name}`)),
      ),
      ...(this.#workflow === undefined ? [] : [supervised(this.#workflow, partRestartMs)]),
      ...(this.#console === undefined ? [] : [supervised(this.#console, consoleRestartMs)]),
    ];
  }

  /** Ends what was started, what needs others before them, and waits until all is gone. What is kept stays. */
  async stop(): Promise<void> {
    await this.#stopConsole();
    await this.#parts.stop();
    await Promise.all([
      ...this.#clusters().map((cluster) => cluster.stop()),
      this.#engine?.stop(),
      this.#postgres?.stop(),
    ]);
  }

  #clusters(): ControlPlane[] {
    return [...(this.#cluster === undefined ? [] : [this.#cluster]), ...this.#watched.values()];
  }

  /** A browser's open stream would keep it waiting; it is made to bear being killed. */
  async #stopConsole(): Promise<void> {
    const force = setTimeout(() => this.#console?.kill(), consoleEndsWithinMs);
    await this.#console?.stop();
    clearTimeout(force);
  }

  #supervisedPostgres(): Supervised {
    const pid = () => this.#postgres?.pid ?? null;
    return {
      name: "postgres",
      restartAfterMs: partRestartMs,
      get pid() {
        return pid();
      },
      start: async () => {
        await this.#postgres?.stop();
        this.#postgres = await startPostgres({ directory: join(this.directory, "postgres") });
        if (this.#postgres.url !== this.#databaseUrl) {
          throw new Error("Another program has taken its port, so the console does not find it. Start the demo again.");
        }
      },
    };
  }

  async #consoleEnvironment(): Promise<Record<string, string>> {
    return {
      ...this.#configVariables(),
      GATEHOUSE_DEMO: "1",
      GATEHOUSE_CONFIG: this.#configFile,
      GATEHOUSE_DATA: join(this.directory, "data"),
      DATABASE_URL: await this.#consoleDatabaseUrl(),
      NEXTAUTH_URL: this.url,
      NEXTAUTH_SECRET: await openSecret(join(this.directory, "secret")),
      NEXT_TELEMETRY_DISABLED: "1",
    };
  }

  /** What the estate's gatehouse.yaml refers to. */
  #configVariables(): Record<string, string> {
    const kubeconfigs = [...this.#watched].map(([{ kubeconfigVariable }, { kubeconfigs }]) => [
      kubeconfigVariable,
      kubeconfigs.gatehouse,
    ]);
    return {
      ...Object.fromEntries(kubeconfigs),
      [socketVariable]: this.#composeSocket,
      GRAVV_KUBECONFIG: this.cluster.kubeconfigs.gatehouse,
      GRAVV_REPOSITORY: this.repository,
      GRAVV_RECORD_KEY: this.#recordKey,
      GRAVV_CHECKPOINTS: this.#checkpoints,
    };
  }

  get #composeSocket(): string {
    return join(this.directory, "compose-host", "docker.sock");
  }

  get #recordKey(): string {
    return join(this.directory, "record.key");
  }

  get #checkpoints(): string {
    return join(this.directory, "checkpoints");
  }

  /** The console logs in as a role that can only add to the record. A PostgreSQL of somebody else's is used as it is given. */
  async #consoleDatabaseUrl(): Promise<string> {
    if (this.#postgres === undefined) {
      return this.databaseUrl;
    }
    const password = await openSecret(join(this.directory, "console-role"));
    return keepConsoleLogin(this.databaseUrl, password);
  }

  async #accounts(): Promise<Ready["accounts"]> {
    // It is server code, which a browser test, that needs no accounts, cannot load.
    const { parseEstate } = await import("#lib/estate/load.ts");
    const { rolesAnywhere } = await import("#lib/access/policy.ts");
    const variables = this.#configVariables();
    const { people } = parseEstate(
      await readFile(this.#configFile, "utf8"),
      this.#configFile,
      (name) => variables[name],
    );
    return people.map((person) => ({ account: person.account, roles: rolesAnywhere(person) }));
  }

  #logOf(part: string): string {
    return join(this.directory, "logs", `${part}.log`);
  }
}

/** Where an estate keeps the console's settings, secrets among them, for another console over the same estate. */
export function consoleEnvironmentFile(directory: string): string {
  return join(directory, "console.env");
}

/** The folder of a cluster in the estate's own. */
function clusterDirectory(cluster: string): string {
  return cluster === platform ? "cluster" : `cluster-${cluster}`;
}

function given<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) {
    throw new Error(`The estate's ${what} has not been started, so nothing can be done with it.`);
  }
  return value;
}

function supervised(part: Part, restartAfterMs: number, name = part.name): Supervised {
  return {
    name,
    restartAfterMs,
    get pid() {
      return part.pid;
    },
    start: () => part.start(),
  };
}

/** Made once and kept, so that those who are signed in stay so over a restart. */
async function openSecret(path: string): Promise<string> {
  await writeOnce(path, randomBytes(32).toString("hex"));
  return readFile(path, "utf8");
}

/** Leaves a file that is there as it is. */
async function writeOnce(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
      throw error;
    }
  }
}

/** Made once and kept: checkpoints of another key would be no continuation. */
async function makeSigningKey(path: string): Promise<void> {
  const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  await writeOnce(path, pem.toString());
}

/** In the form that shells and `node --env-file` read. */
async function writeEnvironment(path: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const lines = Object.entries(environment).map(([name, value]) => `${name}='${value}'\n`);
  await writeFile(path, lines.join(""), { mode: 0o600 });
}

/** 0 where nobody answers. */
async function statusOf(url: string): Promise<number> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.status;
  } catch {
    // Refused, reset or silent: whether it will ever answer is for the caller's deadline to say.
    return 0;
  }
}
