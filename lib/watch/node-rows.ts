import "server-only";
import type { NodeRow } from "#lib/clusters/model.ts";
import type { Places } from "./places.ts";
import { bothOf, type RowMaker } from "./row-maker.ts";

/** One row a node of a cluster that an environment lies in. Its id is `<cluster>/<uid>`. */
export function nodeRows(places: Places): RowMaker {
  function rowOf(id: string): NodeRow | null {
    const [cluster = "", uid = ""] = id.split("/");
    const node = places.objects(cluster)?.Node.get(uid);
    if (node === undefined) {
      return null;
    }
    return {
      id,
      cluster,
      environments: places.environmentsOf(cluster).map((environment) => environment.id),
      name: node.name,
      roles: node.roles,
      zone: node.zone ?? null,
      region: node.region ?? null,
      isReady: node.isReady,
      isCordoned: node.isCordoned,
      pressures: node.pressures,
    };
  }

  return {
    touchedBy: (change) =>
      bothOf(change).flatMap(({ kind, value }) => (kind === "Node" ? [`${change.cluster}/${value.uid}`] : [])),
    change: (id) => ({ kind: "node", id, row: rowOf(id) }),
  };
}
