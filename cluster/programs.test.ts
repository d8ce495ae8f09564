import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { withBuildLock } from "./build-lock.ts";
import { obtainPrograms, obtainTestProgram, type ProgramProgress, type ProgramTools } from "./programs.ts";
import { programNames, type Release, releases, testProgramNames } from "./releases.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-programs-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function putPrograms(directory: string, names: readonly string[]): Promise<string> {
  await mkdir(directory, { recursive: true });
  for (const name of names) {
    await writeFile(join(directory, name), "#!/bin/sh\n");
    await chmod(join(directory, name), 0o755);
  }
  return directory;
}

/** Go as far as `obtainPrograms` can see it: it names its version, lists packages and writes what -o asks for. */
function fakeGo(built: string[], failing = false): ProgramTools["run"] {
  return async (command, commandArguments, { onProgressLine }) => {
    if (command !== "go") {
      return { exitCode: 127, output: "", problems: "" };
    }
    if (commandArguments[0] === "env") {
      return { exitCode: 0, output: "go1.26.8\n", problems: "" };
    }
    if (commandArguments[0] === "list") {
      return { exitCode: 0, output: "a\n\nb\n", problems: "" };
    }
    if (failing) {
      return { exitCode: 1, output: "", problems: "no space left on device" };
    }
    const path = commandArguments[commandArguments.indexOf("-o") + 1] ?? "";
    onProgressLine?.("a");
    onProgressLine?.("b");
    built.push(path);
    await writeFile(path, "program");
    await chmod(path, 0o755);
    return { exitCode: 0, output: "", problems: "" };
  };
}

const noGo: ProgramTools["run"] = async (command, commandArguments) => {
  if (command !== "tar") {
    return { exitCode: 127, output: "", problems: "" };
  }
  const [, , , into = "", ...members] = commandArguments;
  for (const member of members) {
    await mkdir(join(into, member, ".."), { recursive: true });
    await writeFile(join(into, member), "program");
  }
  return { exitCode: 0, output: "", problems: "" };
};

function tools(over: Partial<ProgramTools>): ProgramTools {
  const fetch = () => Promise.reject(new Error("nothing may be downloaded in this test"));
  return { run: noGo, fetch, platform: "linux-x64", releases: {}, ...over };
}

const published = Buffer.from("what the project published");
const sha256 = createHash("sha256").update(published).digest("hex");
function pinnedTo(digest: string): Record<string, readonly Release[]> {
  const archived = programNames.filter((name) => name !== "kwok");
  const programs = Object.fromEntries(archived.map((name) => [name, `bin/${name}`]));
  return {
    "linux-x64": [
      { url: "https://releases.example/all.tar.gz", digest: `sha256:${digest}`, programs },
      { url: "https://releases.example/kwok", digest: `sha512:${sha512}`, programs: { kwok: "" } },
    ],
  };
}
const sha512 = createHash("sha512").update(published).digest("hex");

describe("a folder of programs named by the environment", () => {
  test("is used as it is, with nothing built or downloaded", async () => {
    const bin = await putPrograms(join(folder, "bin"), programNames);
    const programs = await obtainPrograms({ environment: { GATEHOUSE_CLUSTER_BIN: bin } }, tools({}));
    expect(programs["kube-apiserver"]).toBe(join(bin, "kube-apiserver"));
    expect(Object.keys(programs).sort()).toEqual([...programNames].sort());
  });

  test("goes before KUBEBUILDER_ASSETS, and kwok and kubectl may come from PATH", async () => {
    const bin = await putPrograms(
      join(folder, "bin"),
      programNames.filter((name) => name !== "kwok" && name !== "kubectl"),
    );
    const path = await putPrograms(join(folder, "path"), ["kwok", "kubectl", "etcd"]);
    const environment = { GATEHOUSE_CLUSTER_BIN: bin, KUBEBUILDER_ASSETS: "/nowhere", PATH: path };
    const programs = await obtainPrograms({ environment }, tools({}));
    expect(programs.kwok).toBe(join(path, "kwok"));
    expect(programs.etcd).toBe(join(bin, "etcd"));
  });

  test("is refused naming the variable and every program that is missing", async () => {
    const bin = await putPrograms(join(folder, "bin"), ["etcd", "kube-apiserver", "kubectl"]);
    const path = await putPrograms(join(folder, "path"), ["kube-scheduler"]);
    await expect(
      obtainPrograms({ environment: { KUBEBUILDER_ASSETS: bin, PATH: path } }, tools({ run: fakeGo([]) })),
    ).rejects.toThrow(/KUBEBUILDER_ASSETS.*without kube-controller-manager, kube-scheduler, kwok\./);
  });
});

describe("with Go", () => {
  test("each program is built once, one after another, and taken from the cache afterwards", async () => {
    const built: string[] = [];
    const events: ProgramProgress[] = [];
    const environment = { XDG_CACHE_HOME: folder };
    const run = fakeGo(built);
    const first = await obtainPrograms({ environment, onProgress: (event) => events.push(event) }, tools({ run }));
    const second = await obtainPrograms({ environment }, tools({ run }));
    expect(second).toEqual(first);
    expect(built).toHaveLength(6);
    expect(events.filter((event) => event.state === "ready").map((event) => event.program)).toEqual([...programNames]);
    expect(events.find((event) => event.packages !== null)).toMatchObject({
      program: "etcd",
      state: "building",
      position: 1,
      total: 6,
      usualSeconds: 45,
      packages: { done: 0, total: 2 },
    });
  });

  test("what was built has a place of its own in the cache, outside the checkout", async () => {
    const programs = await obtainPrograms({ environment: { XDG_CACHE_HOME: folder } }, tools({ run: fakeGo([]) }));
    const units = await readdir(join(folder, "gatehouse", "cluster"));
    expect(units).toEqual([expect.stringMatching(/^built-[0-9a-f]{16}$/)]);
    expect(programs.kwok).toBe(join(folder, "gatehouse", "cluster", units[0] ?? "", "kwok"));
  });

  test("two at once build each program once between them", async () => {
    const built: string[] = [];
    const environment = { XDG_CACHE_HOME: folder };
    const run = fakeGo(built);
    await Promise.all([
      obtainPrograms({ environment }, tools({ run })),
      obtainPrograms({ environment }, tools({ run })),
    ]);
    expect(built).toHaveLength(6);
  });

  test("a failed build leaves nothing half-made in the cache and says what Go said", async () => {
    await expect(
      obtainPrograms({ environment: { XDG_CACHE_HOME: folder } }, tools({ run: fakeGo([], true) })),
    ).rejects.toThrow(/etcd could not be built.*no space left on device.*GATEHOUSE_CLUSTER_BIN/);
    const [unit = ""] = await readdir(join(folder, "gatehouse", "cluster"));
    const left = await readdir(join(folder, "gatehouse", "cluster", unit));
    expect(left).toEqual([]);
  });
});

describe("without Go", () => {
  test("the pinned releases are downloaded once and made executable", async () => {
    const asked: string[] = [];
    const fetch = async (url: string) => {
      asked.push(url);
      return new Response(published);
    };
    const environment = { XDG_CACHE_HOME: folder };
    const programs = await obtainPrograms({ environment }, tools({ fetch, releases: pinnedTo(sha256) }));
    await obtainPrograms({ environment }, tools({ fetch, releases: pinnedTo(sha256) }));
    expect(asked).toEqual(["https://releases.example/all.tar.gz", "https://releases.example/kwok"]);
    expect(await readFile(programs.kwok, "utf8")).toBe(published.toString());
    expect(await readFile(programs.etcd, "utf8")).toBe("program");
  });

  test("a download that is not the pinned file is refused, thrown away and never unpacked", async () => {
    const fetch = async () => new Response(Buffer.from("something else"));
    const pinned = pinnedTo(sha256);
    await expect(
      obtainPrograms({ environment: { XDG_CACHE_HOME: folder } }, tools({ fetch, releases: pinned })),
    ).rejects.toThrow(/not the file that was pinned: its sha256 is [0-9a-f]{64}, expected/);
    const [unit = ""] = await readdir(join(folder, "gatehouse", "cluster"));
    expect(await readdir(join(folder, "gatehouse", "cluster", unit))).toEqual([]);
  });

  test("a release without a digest is not even asked for", async () => {
    await expect(
      obtainPrograms({ environment: { XDG_CACHE_HOME: folder } }, tools({ releases: pinnedTo("") })),
    ).rejects.toThrow(/is not pinned to a digest, so it was not downloaded/);
  });

  test("a platform without pinned releases gets one message that names the three ways", async () => {
    const attempt = obtainPrograms(
      { environment: { XDG_CACHE_HOME: folder } },
      tools({ platform: "darwin-arm64", releases }),
    );
    await expect(attempt).rejects.toThrow(/Go is not installed, and no release downloads are pinned for darwin-arm64/);
    await expect(attempt).rejects.toThrow(/install Go.*GATEHOUSE_CLUSTER_BIN.*release downloads/);
  });

  test("every pinned release covers its programs over HTTPS with a whole digest", () => {
    for (const pinned of Object.values(releases)) {
      const covered = pinned.flatMap((release) => Object.keys(release.programs));
      expect(covered).toEqual(expect.arrayContaining([...programNames]));
      expect(new Set(covered).size).toBe(covered.length);
      for (const release of pinned) {
        expect(release.url).toMatch(/^https:\/\//);
        expect(release.digest).toMatch(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/);
      }
    }
  });
});

describe("the build lock", () => {
  const deadPid = spawnSync("true").pid;

  test("is taken over at once from a process that has died", async () => {
    const path = join(folder, "lock");
    await writeFile(path, JSON.stringify({ host: hostname(), pid: deadPid }));
    await expect(withBuildLock(path, {}, async () => "done")).resolves.toBe("done");
    await expect(access(path)).rejects.toThrow();
  });

  test("is taken over from a holder of another machine only when it has stopped renewing it", async () => {
    const path = join(folder, "lock");
    await writeFile(path, JSON.stringify({ host: "another-machine", pid: deadPid }));
    const waiting = AbortSignal.timeout(500);
    await expect(withBuildLock(path, { signal: waiting }, async () => "done")).rejects.toThrow();
    await utimes(path, new Date(0), new Date(0));
    await expect(withBuildLock(path, {}, async () => "done")).resolves.toBe("done");
  });

  test("keeps a second one waiting until the first is done", async () => {
    const path = join(folder, "lock");
    const order: string[] = [];
    const { promise: release, resolve: finish } = Promise.withResolvers<void>();
    const { promise: held, resolve: hold } = Promise.withResolvers<void>();
    const first = withBuildLock(path, {}, async () => {
      hold();
      await release;
      order.push("first");
    });
    await held;
    const second = withBuildLock(path, { onWait: () => finish() }, async () => {
      order.push("second");
    });
    await Promise.all([first, second]);
    expect(order).toEqual(["first", "second"]);
  });
});

describe.each(testProgramNames)("%s, which only tests need", (name) => {
  test("is taken from the folder of programs or from PATH where it is there", async () => {
    const bin = await putPrograms(join(folder, "bin"), programNames);
    const path = await putPrograms(join(folder, "path"), [name]);
    const environment = { GATEHOUSE_CLUSTER_BIN: bin, PATH: path };
    expect(await obtainTestProgram(name, { environment }, tools({}))).toBe(join(path, name));
  });

  test("is built from a module of its own, so that the control plane's programs are not built anew for it", async () => {
    const built: string[] = [];
    const environment = { XDG_CACHE_HOME: folder };
    const { etcd } = await obtainPrograms({ environment }, tools({ run: fakeGo([]) }));
    const path = await obtainTestProgram(name, { environment }, tools({ run: fakeGo(built) }));
    await obtainTestProgram(name, { environment }, tools({ run: fakeGo(built) }));
    expect(built).toHaveLength(1);
    expect(dirname(path)).not.toBe(dirname(etcd));
    expect(await readFile(path, "utf8")).toBe("program");
  });

  test("tells how far it is while it is built", async () => {
    const said: unknown[] = [];
    const options = { environment: { XDG_CACHE_HOME: folder }, onProgress: (...one: unknown[]) => said.push(one) };
    await obtainTestProgram(name, options, tools({ run: fakeGo([]) }));
    expect(said).toContainEqual(["building", { done: 0, total: 2 }]);
    expect(said.at(-1)).toEqual(["ready"]);
  });

  test("that cannot be had says what was not tested, and what to do", async () => {
    const environment = { XDG_CACHE_HOME: folder };
    await expect(obtainTestProgram(name, { environment }, tools({ run: fakeGo([], true) }))).rejects.toThrow(
      new RegExp(`^${name} could not be built with Go, so .* were not tested\\..*PATH`),
    );
    await expect(obtainTestProgram(name, { environment }, tools({}))).rejects.toThrow(
      new RegExp(`Go is not installed, and no release of ${name} is pinned for linux-x64\\..*PATH`),
    );
  });
});
