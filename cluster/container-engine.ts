import { execFile, spawn } from "node:child_process";
import { access, copyFile, mkdir, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

const IMAGE = "localhost/still:1";
/** All that the image holds: something that waits, checks that pass and fail, and the shell that podman runs checks by. */
const PROGRAMS = ["/bin/sleep", "/bin/true", "/bin/false", "/bin/sh"];
const LOOK_EVERY_MS = 50;
const STARTS_WITHIN_MS = 10_000;

export type ContainerWish = Readonly<{
  name: string;
  labels: Readonly<Record<string, string>>;
  /** The name it goes by; what runs in it is always the same still program. */
  image?: string | undefined;
  /** A health check that passes or fails; none where it is left out. */
  check?: "passes" | "fails" | undefined;
  /** Ends at once with exit code 1, instead of waiting. */
  isBroken?: boolean | undefined;
}>;

/** A real, Docker-compatible container engine that answers the Docker Engine API at a socket. */
export type ContainerEngine = Readonly<{
  socketPath: string;
  /** Starts a container; its id. */
  run(wish: ContainerWish): Promise<string>;
  remove(id: string): Promise<void>;
  /** Ends the engine and every container of it. */
  stop(): Promise<void>;
}>;

/** Path of podman on this machine; undefined where it is not, or where containers cannot be made by whoever this is. */
export async function findContainerEngine(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return undefined;
  }
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const program = join(folder, "podman");
    if (
      await access(program).then(
        () => true,
        () => false,
      )
    ) {
      return program;
    }
  }
  return undefined;
}

/**
 * Starts podman with everything that it keeps in `directory`, its API at `socketPath`. Throws when it does not come up. Where the
 * machine's cgroups are hybrid, crun wants the unified hierarchy out of its sight, so it runs in mounts of its own.
 */
export async function startContainerEngine(
  options: Readonly<{ program: string; directory: string; socketPath: string }>,
): Promise<ContainerEngine> {
  const { program, directory, socketPath } = options;
  await mkdir(directory, { recursive: true });
  await rm(socketPath, { force: true });
  const base = [
    ...["--root", join(directory, "root"), "--runroot", join(directory, "run")],
    ...["--cgroup-manager=cgroupfs", "--storage-driver=vfs"],
  ];
  const apart = [
    "-m",
    "sh",
    "-c",
    'mount --make-rprivate /; umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"',
    "sh",
  ];
  const podman = async (...args: string[]) =>
    (await run("unshare", [...apart, program, ...base, ...args])).stdout.trim();
  await podman("rm", "--all", "--force");
  await importImage(podman, directory);
  const service = spawn(
    "unshare",
    [...apart, program, ...base, "system", "service", "--time=0", `unix://${socketPath}`],
    {
      stdio: "ignore",
    },
  );
  const gone = new Promise<void>((resolve) => service.once("exit", () => resolve()));
  const giveUpAt = performance.now() + STARTS_WITHIN_MS;
  while (!(await isThere(socketPath))) {
    if (service.exitCode !== null || performance.now() > giveUpAt) {
      service.kill();
      throw new Error("podman did not open its socket");
    }
    await sleep(LOOK_EVERY_MS);
  }
  return {
    socketPath,
    run: (wish) => runContainer(podman, wish),
    async remove(id) {
      await podman("rm", "--force", "--time=0", id);
    },
    async stop() {
      await podman("rm", "--all", "--force", "--time=0");
      service.kill();
      await gone;
    },
  };
}

type Podman = (...args: string[]) => Promise<string>;

async function runContainer(
  podman: Podman,
  { name, labels, image = IMAGE, check, isBroken }: ContainerWish,
): Promise<string> {
  if (image !== IMAGE) {
    await podman("tag", IMAGE, image);
  }
  const id = await podman(
    ...["run", "--detach", "--network=host", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000", `--name=${name}`],
    ...Object.entries(labels).map(([label, value]) => `--label=${label}=${value}`),
    ...(check === undefined
      ? []
      : [`--health-cmd=/bin/${check === "passes" ? "true" : "false"}`, "--health-retries=1"]),
    image,
    ...(isBroken ? ["/bin/false"] : ["/bin/sleep", "86400"]),
  );
  if (check !== undefined) {
    // Without systemd podman runs no check by itself. One that fails ends with an exit code of its own.
    await podman("healthcheck", "run", id).catch(() => undefined);
  }
  return id;
}

/** An image of a few programs of this machine with the libraries that they need: nothing has to be downloaded. */
async function importImage(podman: Podman, directory: string): Promise<void> {
  const root = join(directory, "image");
  const { stdout } = await run("ldd", PROGRAMS);
  const files = [...PROGRAMS, ...new Set(stdout.match(/\/\S+\.so\S*/g) ?? [])];
  for (const file of files) {
    await mkdir(join(root, dirname(file)), { recursive: true });
    await copyFile(file, join(root, file));
  }
  const archive = join(directory, "image.tar");
  await run("tar", ["--create", `--file=${archive}`, `--directory=${root}`, "."]);
  await podman("import", archive, IMAGE);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
