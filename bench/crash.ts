import { randomInt } from "node:crypto";
import { join } from "node:path";
import { startControlPlane } from "#cluster/control-plane.ts";
import { obtainPrograms } from "#cluster/programs.ts";
import { crashAtEvery, crashRestartAtEvery, type Lane, openLane, openRestartLane } from "#lib/testing/crashes.ts";
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

type RestartLane = Awaited<ReturnType<typeof openRestartLane>>;

/** Runs it on a lane of restarts, with a real control plane of their own. */
async function withRestarts<T>({ directory, open }: Parts, run: (lane: RestartLane) => Promise<T>): Promise<T> {
  const programs = await obtainPrograms({ environment: process.env });
  const clusterDirectory = join(directory, "cluster");
  const cluster = await startControlPlane({ name: "crash", directory: clusterDirectory, programs, stages: "fast" });
  try {
    const { url, db } = await open("restarts");
    const deployed = await deploy(cluster.kubeconfigs);
    return await run(await openRestartLane({ databaseUrl: url, db, directory, deployed }));
  } finally {
    await cluster.stop();
  }
}

/** Rounds over every moment of a promotion and a rollback, by several lanes in turn. */
async function crashPromotions(lanes: readonly Lane[]): Promise<number> {
  let kills = 0;
  await Promise.all(
    lanes.map(async (lane, index) => {
      for (let round = index; round < rounds; round += lanes.length) {
        const crashed = await crashAtEvery(lane, 1, 1);
        kills += crashed.kills;
      }
    }),
  );
  return kills;
}

/** Rounds over every moment of a restart. */
async function crashRestarts(lane: RestartLane): Promise<number> {
  let kills = 0;
  for (let round = 0; round < rounds; round += 1) {
    const crashed = await crashRestartAtEvery(lane, 1, 1);
    kills += crashed.kills;
  }
  return kills;
}

const strike = (lane: Lane): Promise<Converged> => strikeReplicas(lane, randomStrikes(strikesOfALane));

/** Fails with the first operation that was lost, doubled or ended wrongly; figures are what it took. */
export async function bench(): Promise<readonly BenchRow[]> {
  return withDatabases(async (parts) => {
    const [ofKills, ofStrikes] = [
      await lanesOf(parts, "crash", crashLanes),
      await lanesOf(parts, "replicas", replicaLanes),
    ];
    const { kills, restartKills, struck } = await withRestarts(parts, async (restarts) => {
      const [kills, restartKills] = await Promise.all([crashPromotions(ofKills), crashRestarts(restarts)]);
      return { kills, restartKills, struck: await Promise.all([...ofStrikes, restarts].map(strike)) };
    });
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
        name: `killed at every moment of a restart on a real cluster, N = ${restartKills} in ${rounds} rounds: lost or doubled`,
        figure: 0,
        unit: "",
        peer: null,
        goal: "0",
        holds: restartKills > 0,
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
