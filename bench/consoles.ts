import { randomInt } from "node:crypto";
import { startHouse } from "#e2e/fixtures/house.ts";
import { strikeConsoles } from "#e2e/fixtures/strikes.ts";
import type { Strike } from "#lib/testing/replicas.ts";
import type { BenchRow } from "../bin/bench-row.ts";
import { buildConsole } from "../bin/console-build.ts";

/** Kills and stops of a random one of two consoles at a random moment, while people ask, agree and restart through both. */
const strikesInAll = Number(process.env.BENCH_STRIKES ?? 100);
const convergedWithinMs = 10_000;
/** One strike in so many stops the process instead of killing it. */
const stopEvery = 3;

function randomStrikes(count: number): Strike[] {
  return Array.from({ length: count }, () => (randomInt(stopEvery) === 0 ? "stop" : "kill"));
}

/** Fails with the first effect that was lost, doubled or left without its end; figures are what it took. */
export async function bench(): Promise<readonly BenchRow[]> {
  await buildConsole({ signal: new AbortController().signal });
  const house = await startHouse();
  try {
    const { strikes, longestMs, operations, rounds } = await strikeConsoles(house, randomStrikes(strikesInAll));
    return [
      {
        name: `one of two consoles under load killed or stopped at random, N = ${strikes} over ${operations} operations in ${rounds} rounds: lost or doubled`,
        figure: 0,
        unit: "",
        peer: null,
        goal: "0",
        holds: strikes >= strikesInAll && operations > rounds,
      },
      {
        name: "the same: longest from the strike to the end of what ran",
        figure: longestMs / 1000,
        unit: "s",
        peer: null,
        goal: `at most ${convergedWithinMs / 1000}`,
        holds: longestMs <= convergedWithinMs,
      },
    ];
  } finally {
    await house.stop();
  }
}
