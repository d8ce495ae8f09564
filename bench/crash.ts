import { randomInt } from "node:crypto";
import { join } from "node:path";
import { startControlPlane } from "#cluster/control-plane.ts";
import { obtainPrograms } from "#cluster/programs.ts";
import {
  type Crashes,
  crashAtEvery,
  crashRestartAtEvery,
  type Lane,
  openLane,
  openRestartLane,
} from "#lib/testing/crashes.ts";
import { type Converged, type Strike, strikeReplicas } from "#lib/testing/replicas.ts";
import { deploy } from "#lib/testing/restart-world.ts";
import type { BenchRow } from "../bin/bench-row.ts";
import { withDatabases } from "./bench-database.ts";

/** Rounds over every moment of a promotion, of a rollback and of a restart at which a process can be killed. */
const rounds = Number(process.env.BENCH_ROUNDS ?? 20);
/** Kills and stops of a random replica at a random moment. */
const strikesInAll = Number(process.env.BENCH_STRIKES ?? 500);
const crashLanes = 2;
const replicaLanes = 4;
/** Those lanes change Git; one more restarts. */
const strikesOfALane = Math.ceil(strikesInAll / (replicaLanes + 1));
const convergedWithinMs = 10_000;
/** About as long as an operation takes, so that a strike may come at any of its moments and sometimes after its end. */
const latestStrikeMs = 900;
/** One strike in so many stops the process instead of killing it. */
const stopEvery = 5;

function randomStrikes(count: number): { afterMs: number; kind: Strike }[] {
  return Array.from({ length: count }, () => ({
    afterMs: randomInt(latestStrikeMs),
    kind: randomInt(stopEvery) === 0 ? "stop" : "kill",
  }));
}

type Parts = Parameters<Parameters<typeof withDatabases>[0]>[0];

function lanesOf({ directory, open }: Parts, kind: string, count: number): Promise<Lane[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const name = `${kind}_${index}`;
      const { url, db } = await open(name);
      return openLane({ databaseUrl: url, db, directory, name });
    }),
  );
}

/** Rounds over every moment of a restart on a real control plane of their own, and strikes of two replicas that restart there. */
async function crashRestarts({ directory, open }: Parts): Promise<{ kills: number; struck: Converged }> {
  const programs = await obtainPrograms({ environment: process.env });
  const clusterDirectory = join(directory, "cluster");
  const cluster = await startControlPlane({ name: "crash", directory: clusterDirectory, programs, stages: "fast" });
  try {
    const { url, db } = await open("restarts");
    const deployed = await deploy(cluster.kubeconfigs);
    const lane = await openRestartLane({ databaseUrl: url, db, directory, deployed });
    let kills = 0;
    for (let round = 0; round < rounds; round += 1) {
      kills += (await crashRestartAtEvery(lane, 1, 1)).kills;
    }
    return { kills, struck: await strikeReplicas(lane, randomStrikes(strikesOfALane)) };
  } finally {
    await cluster.stop();
  }
}

/** Fails with the first operation that was lost, doubled or ended wrongly; figures are what it took. */
export async function bench(): Promise<readonly BenchRow[]> {
  return withDatabases(async (parts) => {
    const crashed: Crashes[] = [];
    const lanes = await lanesOf(parts, "crash", crashLanes);
    await Promise.all(
      lanes.map(async (lane, index) => {
        for (let round = index; round < rounds; round += crashLanes) {
          crashed.push(await crashAtEvery(lane, 1, 1));
        }
      }),
    );
    const restarts = await crashRestarts(parts);
    const ofGit = await Promise.all(
      (await lanesOf(parts, "replicas", replicaLanes)).map((lane) =>
        strikeReplicas(lane, randomStrikes(strikesOfALane)),
      ),
    );
    const struck = [...ofGit, restarts.struck];
    const kills = crashed.reduce((sum, one) => sum + one.kills, 0);
    const strikes = struck.reduce((sum, one) => sum + one.strikes, 0);
    const longestMs = Math.max(...struck.map((one) => one.longestMs));
    return [
      {
        name: `killed at every moment of a promotion and a rollback, N = ${kills} in ${rounds} rounds: lost or doubled`,
        figure: 0,
        unit: "",
        peer: null,
        goal: "0",
        holds: kills > 0,
      },
      {
        name: `killed at every moment of a restart on a real cluster, N = ${restarts.kills} in ${rounds} rounds: lost or doubled`,
        figure: 0,
        unit: "",
        peer: null,
        goal: "0",
        holds: restarts.kills > 0,
      },
      {
        name: `one of two replicas killed or stopped at random, N = ${strikes}: lost or doubled`,
        figure: 0,
        unit: "",
        peer: null,
        goal: "0",
        holds: strikes >= strikesInAll,
      },
      {
        name: "the same: longest from the strike to the operation's end",
        figure: longestMs / 1000,
        unit: "s",
        peer: null,
        goal: `at most ${convergedWithinMs / 1000}`,
        holds: longestMs <= convergedWithinMs,
      },
    ];
  });
}
