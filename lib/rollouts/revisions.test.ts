import { expect, it } from "vitest";
import type { ControllerRevision } from "#lib/clusters/model.ts";
import { aReplicaSet, aWorkload } from "#lib/testing/cluster-objects.ts";
import { controllerRevisionsOf, revisionsOf } from "./revisions.ts";

it("the revisions of a Deployment come newest first by number, not by text, and the current one is marked", () => {
  const sets = ["9", "10", "2"].map((rolloutRevision) => aReplicaSet({ rolloutRevision }));
  const revisions = revisionsOf(aWorkload({ rolloutRevision: "10" }), sets);
  expect(revisions.map(({ number, isCurrent }) => [number, isCurrent])).toEqual([
    [10, true],
    [9, false],
    [2, false],
  ]);
});

it("a revision says what it was made of, why and when, as far as its ReplicaSet tells", () => {
  const set = aReplicaSet({
    rolloutRevision: "3",
    images: ["ledger:3"],
    revision: "4f1c",
    changeCause: "GV-12 settlement reference",
    createdAt: Date.UTC(2026, 10, 21, 12),
    desired: 4,
  });
  const bare = aReplicaSet({ rolloutRevision: "2", desired: 0 });
  expect(revisionsOf(aWorkload({ rolloutRevision: "3" }), [set, bare])).toEqual([
    {
      number: 3,
      isCurrent: true,
      images: ["ledger:3"],
      gitRevision: "4f1c",
      changeCause: "GV-12 settlement reference",
      createdAt: "2026-11-21T12:00:00.000Z",
      desired: 4,
    },
    { number: 2, isCurrent: false, images: [], gitRevision: null, changeCause: null, createdAt: null, desired: 0 },
  ]);
});

it("a ReplicaSet that the controller has not numbered is none of the revisions", () => {
  expect(revisionsOf(aWorkload(), [aReplicaSet()])).toEqual([]);
});

it("the revisions of a StatefulSet or DaemonSet come newest first, and it is of the newest", () => {
  const kept = (number: number, changes: Partial<ControllerRevision> = {}): ControllerRevision => ({
    uid: `r${number}`,
    namespace: "live",
    name: `postgres-${number}`,
    ownerUid: "w",
    number,
    changeCause: undefined,
    createdAt: undefined,
    images: [],
    revision: undefined,
    ...changes,
  });
  const told = {
    images: ["postgres:18"],
    revision: "4f1c",
    changeCause: "GX-7",
    createdAt: Date.UTC(2026, 10, 21, 12),
  };
  expect(controllerRevisionsOf([kept(9), kept(10, told)])).toEqual([
    {
      number: 10,
      isCurrent: true,
      images: ["postgres:18"],
      gitRevision: "4f1c",
      changeCause: "GX-7",
      createdAt: "2026-11-21T12:00:00.000Z",
      desired: null,
    },
    { number: 9, isCurrent: false, images: [], gitRevision: null, changeCause: null, createdAt: null, desired: null },
  ]);
  expect(controllerRevisionsOf([])).toEqual([]);
});
