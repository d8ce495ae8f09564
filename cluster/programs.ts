import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, mkdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { withBuildLock } from "./build-lock.ts";
import { type Environment, runCommand } from "./commands.ts";
import { downloadPinned, type Fetch } from "./downloads.ts";
import { goEnvironment, goFlags, goModule, goPackages, programsCache, testSources } from "./go-build.mjs";
import { type ProgramName, programNames, type Release, releases, type TestProgramName } from "./releases.ts";

/** Absolute path of each program of a control plane. */
export type Programs = Readonly<Record<ProgramName, string>>;

export type ProgramProgress = {
  program: ProgramName;
  state: ProgramState;
  /** 1-based place of this program among `total`. */
  position: number;
  total: number;
  elapsedSeconds: number;
  /** What it takes on two cores from nothing; null where it depends on the network alone. */
  usualSeconds: number | null;
  packages: BuiltPackages;
};

/** "waiting": another process is building it. */
type ProgramState = "waiting" | "building" | "downloading" | "ready";

/** Compiled and to be compiled Go packages, while building. */
type BuiltPackages = { done: number; total: number } | null;

export type ObtainOptions = {
  environment: Environment;
  onProgress?: (progress: ProgramProgress) => void;
  signal?: AbortSignal;
};

/** What lies outside: replaced in tests. */
export type ProgramTools = {
  run: typeof runCommand;
  fetch: Fetch;
  /** `<platform>-<architecture>` as Node names them. */
  platform: string;
  releases: Readonly<Record<string, readonly Release[]>>;
};

const realTools: ProgramTools = {
  run: runCommand,
  fetch: (url, init) => fetch(url, init),
  platform: `${process.platform}-${process.arch}`,
  releases,
};

const usualSeconds: Readonly<Record<ProgramName, number>> = {
  etcd: 45,
  "kube-apiserver": 190,
  "kube-controller-manager": 55,
  "kube-scheduler": 6,
  kubectl: 23,
  kwok: 12,
};

/** What building a program takes on two cores from nothing, downloads of its sources included. */
export function usualBuildSeconds(program: ProgramName): number {
  return usualSeconds[program];
}

const threeWays = [
  "Do one of three things:",
  "install Go (1.26 or newer), and the programs are built from their sources;",
  "or set GATEHOUSE_CLUSTER_BIN to a folder that holds etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl and kwok;",
  "or run on Linux (amd64 or arm64) with access to the projects' release downloads.",
].join(" ");

/**
 * Finds, builds or downloads the six programs of a control plane, in this order: the folder named by GATEHOUSE_CLUSTER_BIN or
 * KUBEBUILDER_ASSETS; built with Go into a cache outside the checkout; pinned release downloads. Several processes may call it
 * at once. Throws one message that says what is missing and what to do; rejects with the signal's reason when aborted.
 */
export async function obtainPrograms(options: ObtainOptions, tools: ProgramTools = realTools): Promise<Programs> {
  const folder = options.environment.GATEHOUSE_CLUSTER_BIN || options.environment.KUBEBUILDER_ASSETS;
  if (folder) {
    return findPrograms(resolve(folder), options);
  }
  const goVersion = await findGo(options, tools);
  if (goVersion.found) {
    return buildPrograms(goVersion.version, options, tools);
  }
  const pinned = tools.releases[tools.platform];
  if (pinned === undefined) {
    throw new Error(
      `The programs of the Kubernetes control plane are not here: ${goVersion.reason}, and no release downloads are pinned for ${tools.platform}. Nothing was started. ${threeWays}`,
    );
  }
  return downloadPrograms(pinned, goVersion.reason, options, tools);
}

const untested: Readonly<Record<TestProgramName, string>> = {
  "toxiproxy-server": "faults of the network were not tested",
  versitygw: "checkpoints in a bucket were not tested",
};

/** How a program that only tests need is obtained. */
export type TestProgramOptions = Omit<ObtainOptions, "onProgress"> & { onProgress?: Report };

/**
 * The path of a program that only tests need: found in the folder of programs or in PATH, built with Go, or downloaded, in this
 * order. Throws saying what to do.
 */
export async function obtainTestProgram(
  name: TestProgramName,
  options: TestProgramOptions,
  tools: ProgramTools = realTools,
): Promise<string> {
  const { GATEHOUSE_CLUSTER_BIN: folder = "", PATH: path = "" } = options.environment;
  const folders = [folder, ...path.split(delimiter)].filter((entry) => entry !== "");
  const found = await firstExecutable(name, folders);
  if (found !== undefined) {
    return found;
  }
  const { onProgress: report = () => undefined, ...rest } = options;
  const purpose: Purpose = {
    undone: untested[name],
    ways: `Install Go (1.26 or newer), or put ${name} into PATH or into the folder that GATEHOUSE_CLUSTER_BIN names.`,
  };
  const go = await findGo(rest, tools);
  if (go.found) {
    return builtOnce({ name, ...testSources[name], purpose }, { goVersion: go.version, report }, rest, tools);
  }
  const pinned = tools.releases[tools.platform] ?? [];
  return downloadedOnce({ name, pinned, reason: go.reason, purpose }, report, rest, tools);
}

async function findPrograms(folder: string, { environment, onProgress }: ObtainOptions): Promise<Programs> {
  const variable = environment.GATEHOUSE_CLUSTER_BIN ? "GATEHOUSE_CLUSTER_BIN" : "KUBEBUILDER_ASSETS";
  const path = (environment.PATH ?? "").split(delimiter).filter((entry) => entry !== "");
  const found = await everyProgram(async (program) => {
    // Folders of test assets seldom hold these two, and any version of them does.
    const mayBeOnPath = program === "kwok" || program === "kubectl";
    return firstExecutable(program, mayBeOnPath ? [folder, ...path] : [folder]);
  });
  const missing = programNames.filter((program) => found[program] === undefined);
  if (missing.length > 0) {
    throw new Error(
      `${variable} names a folder without ${missing.join(", ")}. Nothing was started. Put them there (kwok and kubectl may be on PATH instead), or unset ${variable} to have them built with Go.`,
    );
  }
  for (const program of programNames) {
    onProgress?.({ program, state: "ready", ...place(program), elapsedSeconds: 0, usualSeconds: 0, packages: null });
  }
  return everyProgram(async (program) => found[program] ?? join(folder, program));
}

async function findGo(
  { environment, signal }: ObtainOptions,
  tools: ProgramTools,
): Promise<{ found: true; version: string } | { found: false; reason: string }> {
  const result = await tools.run("go", ["env", "GOVERSION"], {
    environment,
    directory: goModule,
    ...(signal ? { signal } : {}),
  });
  if (result.exitCode === 127) {
    return { found: false, reason: "Go is not installed" };
  }
  if (result.exitCode !== 0) {
    return { found: false, reason: `Go is installed but not usable (${lastLines(result.problems, 1)})` };
  }
  return { found: true, version: result.output.trim() };
}

function buildPrograms(goVersion: string, options: ObtainOptions, tools: ProgramTools): Promise<Programs> {
  return everyProgram((name) =>
    builtOnce(
      { name, goPackage: goPackages[name], module: goModule, purpose: controlPlane },
      { goVersion, report: reporter(name, usualSeconds[name], options) },
      options,
      tools,
    ),
  );
}

/** What a program is wanted for, in the words of what goes wrong without it. */
type Purpose = Readonly<{ undone: string; ways: string }>;

const controlPlane: Purpose = { undone: "no control plane was started", ways: threeWays };

/** A program of one of our Go modules; `module` is the folder that holds its go.mod. */
type GoSource = Readonly<{ name: string; goPackage: string; module: string; purpose: Purpose }>;

/** The path of a program in the cache, built into it first where it is not there; of several processes one builds it. */
async function builtOnce(
  source: GoSource,
  { goVersion, report }: { goVersion: string; report: Report },
  options: ObtainOptions,
  tools: ProgramTools,
): Promise<string> {
  const unit = await unitOf(source.module, goVersion, options.environment, tools.platform);
  const path = join(unit, source.name);
  if (!(await isExecutable(path))) {
    await mkdir(unit, { recursive: true });
    const onWait = () => report("waiting");
    await withBuildLock(join(unit, `${source.name}.lock`), lockOptions(options, onWait), async () => {
      if (!(await isExecutable(path))) {
        await build(source, path, report, options, tools);
      }
    });
  }
  report("ready");
  return path;
}

async function build(
  { name, goPackage, module, purpose }: GoSource,
  path: string,
  report: Report,
  { environment, signal }: ObtainOptions,
  tools: ProgramTools,
): Promise<void> {
  let state: "building" | "downloading" = "building";
  let packages: BuiltPackages = null;
  const tick = setInterval(() => report(state, packages), 1_000);
  const go = (goArguments: string[], onProgressLine: (line: string) => void) =>
    tools.run("go", goArguments, {
      environment: { ...environment, ...goEnvironment },
      directory: module,
      onProgressLine,
      ...(signal ? { signal } : {}),
    });
  const follow = (line: string) => {
    if (line.startsWith("go: downloading ")) {
      state = "downloading";
    } else if (packages !== null) {
      state = "building";
      packages = { done: Math.min(packages.done + 1, packages.total), total: packages.total };
    }
  };
  const partial = `${path}.partial-${process.pid}`;
  try {
    report(state);
    const stale = await go(
      ["list", ...goFlags, "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", goPackage],
      follow,
    );
    packages = { done: 0, total: stale.output.split("\n").filter((line) => line !== "").length };
    state = "building";
    report(state, packages);
    const built = await go(["build", "-v", ...goFlags, "-o", partial, goPackage], follow);
    if (built.exitCode !== 0) {
      throw new Error(
        `${name} could not be built with Go, so ${purpose.undone}. Go said: ${lastLines(built.problems, 5)}. ${purpose.ways}`,
      );
    }
    await rename(partial, path);
  } finally {
    clearInterval(tick);
    await rm(partial, { force: true });
  }
}

async function downloadPrograms(
  pinned: readonly Release[],
  reason: string,
  options: ObtainOptions,
  tools: ProgramTools,
): Promise<Programs> {
  return everyProgram((name) =>
    downloadedOnce({ name, pinned, reason, purpose: controlPlane }, reporter(name, null, options), options, tools),
  );
}

/** A program among the pinned releases, because of `reason` not built with Go. */
type Download = Readonly<{
  name: keyof Release["programs"];
  pinned: readonly Release[];
  reason: string;
  purpose: Purpose;
}>;

async function downloadedOnce(
  wanted: Download,
  report: Report,
  options: ObtainOptions,
  tools: ProgramTools,
): Promise<string> {
  const { name, pinned, reason, purpose } = wanted;
  const release = pinned.find((candidate) => candidate.programs[name] !== undefined);
  if (release === undefined) {
    throw new Error(`${reason}, and no release of ${name} is pinned for ${tools.platform}. ${purpose.ways}`);
  }
  const unit = join(cacheDirectory(options.environment), `release-${shortHash([release.digest])}`);
  const path = join(unit, name);
  if (!(await isExecutable(path))) {
    await mkdir(unit, { recursive: true });
    const onWait = () => report("waiting");
    await withBuildLock(join(unit, "download.lock"), lockOptions(options, onWait), async () => {
      if (!(await isExecutable(path))) {
        await download(wanted, release, unit, report, options, tools);
      }
    });
  }
  report("ready");
  return path;
}

async function download(
  { name, reason, purpose }: Download,
  release: Release,
  unit: string,
  report: Report,
  { environment, signal }: ObtainOptions,
  tools: ProgramTools,
): Promise<void> {
  const tick = setInterval(() => report("downloading"), 1_000);
  const fetched = join(unit, "download");
  try {
    report("downloading");
    await downloadPinned(
      { url: release.url, digest: release.digest, path: fetched },
      { fetch: tools.fetch, ...(signal ? { signal } : {}) },
    );
    await unpack(release, fetched, unit, { environment, ...(signal ? { signal } : {}) }, tools);
  } catch (error) {
    signal?.throwIfAborted();
    const what = error instanceof Error ? error.message : String(error);
    throw new Error(
      `${name} could not be obtained, so ${purpose.undone}: ${reason}, and of the releases: ${what} ${purpose.ways}`,
      { cause: error },
    );
  } finally {
    clearInterval(tick);
    await rm(fetched, { force: true });
  }
}

async function unpack(
  release: Release,
  fetched: string,
  unit: string,
  options: { environment: Environment; signal?: AbortSignal },
  tools: ProgramTools,
): Promise<void> {
  const unpacked = join(unit, "unpacked");
  const members = Object.entries(release.programs);
  const archived = members.map(([, member]) => member).filter((member) => member !== "");
  if (archived.length > 0) {
    await mkdir(unpacked, { recursive: true });
    const result = await tools.run("tar", ["-xzf", fetched, "-C", unpacked, ...archived], options);
    if (result.exitCode !== 0) {
      throw new Error(`${release.url} could not be unpacked with tar: ${lastLines(result.problems, 2)}.`);
    }
  }
  for (const [program, member] of members) {
    const from = member === "" ? fetched : join(unpacked, member);
    await chmod(from, 0o755);
    await rename(from, join(unit, program));
  }
  await rm(unpacked, { recursive: true, force: true });
}

type Report = (state: ProgramState, packages?: BuiltPackages) => void;

function reporter(program: ProgramName, usualSeconds: number | null, { onProgress }: ObtainOptions): Report {
  const startedAt = performance.now();
  return (state, packages = null) => {
    const elapsedSeconds = Math.round((performance.now() - startedAt) / 1_000);
    onProgress?.({ program, state, ...place(program), elapsedSeconds, usualSeconds, packages });
  };
}

function place(program: ProgramName): { position: number; total: number } {
  return { position: programNames.indexOf(program) + 1, total: programNames.length };
}

function lockOptions({ signal }: ObtainOptions, onWait: () => void) {
  return { onWait, ...(signal ? { signal } : {}) };
}

/** One after another: two compilations at once would only share the same cores and twice the memory. */
async function everyProgram<Value>(
  of: (program: ProgramName) => Promise<Value>,
): Promise<Readonly<Record<ProgramName, Value>>> {
  return {
    etcd: await of("etcd"),
    "kube-apiserver": await of("kube-apiserver"),
    "kube-controller-manager": await of("kube-controller-manager"),
    "kube-scheduler": await of("kube-scheduler"),
    kubectl: await of("kubectl"),
    kwok: await of("kwok"),
  };
}

function cacheDirectory(environment: Environment): string {
  return programsCache(environment, homedir());
}

async function unitOf(module: string, goVersion: string, environment: Environment, platform: string): Promise<string> {
  const sum = await readFile(join(module, "go.sum"), "utf8");
  const requirements = await readFile(join(module, "go.mod"), "utf8");
  return join(cacheDirectory(environment), `built-${shortHash([sum, requirements, goVersion, platform, ...goFlags])}`);
}

function shortHash(parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);
}

async function firstExecutable(program: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = resolve(folder, program);
    if (await isExecutable(path)) {
      return path;
    }
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    // Absent and not executable are the same answer here: not to be used.
    return false;
  }
}

function lastLines(text: string, count: number): string {
  return text.trim().split("\n").slice(-count).join(" | ");
}
