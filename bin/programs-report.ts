import { type ProgramProgress, usualBuildSeconds } from "#cluster/programs.ts";
import { programNames } from "#cluster/releases.ts";
import type { StepReport } from "./start-steps.mjs";

const allBuildSeconds = programNames.reduce((sum, program) => sum + usualBuildSeconds(program), 0);

const words = {
  waiting: "another process builds it",
  downloading: "downloading",
  building: "building",
  ready: "there",
};

/** How far the programs are as a whole; one after another is found, built or downloaded. */
export function programsReport(progress: ProgramProgress): StepReport {
  const { program, state, position, total, usualSeconds } = progress;
  if (state === "ready") {
    return { detail: `${program}, ${position} of ${total}, is there` };
  }
  const next = programNames[position];
  const parts = [
    `${program}, ${position} of ${total}: ${words[state]}`,
    progress.packages === null ? "" : ` ${progress.packages.done} of ${progress.packages.total} packages`,
    `, ${progress.elapsedSeconds} s`,
    usualSeconds === null ? "" : ` of about ${usualSeconds} s`,
    next === undefined ? "" : `; then ${next}`,
  ];
  return {
    detail: parts.join(""),
    progress: shareDone(progress),
    // Only now is it known that the programs are not there and have to be built.
    usualSeconds: usualSeconds === null ? undefined : allBuildSeconds,
  };
}

/**
 * From 0 to 1. Built programs weigh as much as they take: packages would mislead, because those that programs share come first
 * and linking follows the last.
 */
function shareDone({ program, position, total, elapsedSeconds, usualSeconds }: ProgramProgress): number {
  if (usualSeconds === null) {
    return (position - 1) / total;
  }
  const before = programNames.slice(0, position - 1).reduce((sum, name) => sum + usualBuildSeconds(name), 0);
  const ofThis = Math.min(0.95, elapsedSeconds / usualSeconds);
  return (before + ofThis * usualBuildSeconds(program)) / allBuildSeconds;
}
