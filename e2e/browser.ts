import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "@playwright/test";
import { runCommand } from "#cluster/commands.ts";

/** What systems call it on PATH, and where macOS keeps it. */
const commands = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const applications = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

const whatToInstall =
  "No Chromium was found, so the browser tests were not run. Install one and run them again: npx playwright install chromium, or your system's own package (chromium, Google Chrome).";

/** The path of a Chromium that is installed: Playwright's own, else the system's. Undefined where there is none. */
export function installedBrowser(): string | undefined {
  const own = chromium.executablePath();
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const onPath = commands.flatMap((command) => folders.map((folder) => join(folder, command)));
  return [own, ...onPath, ...applications].find(isExecutable);
}

/**
 * The path of a Chromium; where there is none, on Debian and as root, one is installed with apt first. Throws with what to install
 * where that is not possible or does not help. `say` is told before anything is installed.
 */
export async function obtainBrowser(say: (line: string) => void): Promise<string> {
  const found = installedBrowser();
  if (found !== undefined) {
    return found;
  }
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    throw new Error(whatToInstall);
  }
  say("no Chromium is there; installing Debian's with apt-get");
  const problems = await installWithApt();
  const installed = installedBrowser();
  if (installed === undefined) {
    throw new Error(`${whatToInstall} apt-get could not do it: ${problems}`);
  }
  return installed;
}

/** Answers what apt-get complained of, if it did. */
async function installWithApt(): Promise<string> {
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await runCommand("apt-get", ["update", "-qq"], { environment });
  const result = await runCommand("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], {
    environment,
  });
  return result.exitCode === 0
    ? "it has no package that brings one"
    : result.problems.trim().split("\n").slice(-3).join(" ");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Absent or not to be run: the next one may be.
    return false;
  }
}
