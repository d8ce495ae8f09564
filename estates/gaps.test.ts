import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseEstate, readEstateFile } from "#lib/estate/load.ts";
import type { SeenEstate } from "#lib/platform/runtime.ts";
import { listPosture } from "#lib/posture/queries.ts";
import { listBackups } from "#lib/recovery/queries.ts";
import { aContainerOfCompose } from "#lib/testing/cluster-objects.ts";
import { EVERYTHING } from "#lib/testing/gx.ts";
import { composeObjects } from "#lib/watch/compose-objects.ts";
import { createEstateView } from "#lib/watch/estate-view.ts";
import type { SourceState } from "#lib/watch/freshness.ts";
import { createRing } from "#lib/watch/ring.ts";
import { containers } from "./volume-4/host.ts";

/** What the four platforms are known to lack; volume-4's people name three gaps themselves: no backup, no thresholds, no pipeline. */

const CONFIG = join(import.meta.dirname, "gatehouse.yaml");
const HOST = "docker:clients";
const NOON = new Date("2026-11-21T12:00:00.000Z");

const estate = parseEstate(readEstateFile(CONFIG), CONFIG, () => "not read in these tests");
const ring = createRing(100);
const view = createEstateView(estate, { ring, pods: createRing(100) }, () => NOON);
const runtime: SeenEstate = { estate, ring, view, clock: () => NOON };

beforeAll(async () => {
  const made = (await containers()).map(({ name, image, check, labels }) =>
    aContainerOfCompose({
      id: name,
      name,
      image: image ?? "",
      project: labels["com.docker.compose.project"] ?? "",
      service: labels["com.docker.compose.service"] ?? "",
      health: check === undefined ? undefined : "healthy",
    }),
  );
  view.shown(HOST, composeObjects(made));
  putSource("ok");
  view.flush();
});
afterAll(() => view.stop());

function putSource(state: SourceState): void {
  const row = { id: HOST, state, since: NOON.toISOString(), message: null };
  ring.publish([{ kind: "source", id: HOST, row }]);
}

const found = (environment: string) => listPosture(runtime, EVERYTHING, environment).items;
const lacking = (code: string) =>
  listPosture(runtime, EVERYTHING).items.flatMap((one) => (one.code === code ? one.environment : []));

describe("volume-4", () => {
  it("has no backup, no thresholds and no pipeline, each a finding", () => {
    expect(listBackups(runtime, EVERYTHING, "volume-4/amber").items).toMatchObject([
      { state: "none", reasons: ["volume-4/amber has no backup"] },
    ]);
    const ofPlatform = found("volume-4/amber").filter(({ subject }) => subject === "Platform Volume 4");
    expect(ofPlatform.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      "medium no_thresholds",
      "medium no_pipeline",
    ]);
  });

  it("has databases of one instance, and services that nobody checks or bounds; of Kubernetes' own nothing is asked", () => {
    const of = (subject: string) =>
      found("volume-4/amber")
        .filter((one) => one.subject === `Compose service ${subject}`)
        .map(({ code }) => code);
    expect(of("postgres")).toEqual(["single_replica", "no_limits", "mutable_image"]);
    expect(of("frontend")).toEqual(["single_replica", "no_readiness", "no_limits", "mutable_image"]);
    expect(new Set(found("volume-4/amber").map(({ code }) => code))).toEqual(
      new Set(["single_replica", "no_readiness", "no_limits", "mutable_image", "no_thresholds", "no_pipeline"]),
    );
  });

  it("lacks what gatehouse.yaml does not name also while its host does not answer, and whether it has a backup is not known", () => {
    putSource("unreachable");
    expect(found("volume-4/amber").map(({ code }) => code)).toEqual(["no_thresholds", "no_pipeline"]);
    expect(listBackups(runtime, EVERYTHING, "volume-4/amber").items).toMatchObject([{ state: "unknown" }]);
    putSource("ok");
  });
});

it("whoever has the same gap has the same finding, and nobody else", () => {
  expect(lacking("no_thresholds").sort()).toEqual(["gravv/live", "volume-4/amber"]);
  expect(lacking("no_pipeline").sort()).toEqual([
    "gx-protocol/mainnet",
    "gx-protocol/testnet",
    "volume-4/amber",
    "volume-4/birch",
  ]);
});
