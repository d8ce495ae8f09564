import type { EnvironmentRow } from "#lib/environments/model.ts";
import type { SourceRow } from "#lib/watch/freshness.ts";

/** A live environment that Gatehouse only watches, in a cluster that is called as its platform is, but for what a test says of it. */
export function anEnvironment(changes: Partial<EnvironmentRow> = {}): EnvironmentRow {
  const id = changes.id ?? "gx/mainnet";
  const [platform = "", name = ""] = id.split("/");
  return {
    id,
    platform,
    platformName: platform,
    name,
    tier: "live",
    cluster: platform,
    namespaces: [name],
    branch: null,
    head: null,
    after: null,
    isPlanned: false,
    behind: null,
    policies: { promotion: null, rollback: null, restart: null },
    breakGlass: null,
    ...changes,
  };
}

/** The cluster gx, which answers since 13:00 UTC, but for what a test says of it. */
export function aSource(changes: Partial<SourceRow> = {}): SourceRow {
  return { id: "kubernetes:gx", state: "ok", since: "2026-11-21T13:00:00.000Z", message: null, ...changes };
}

/** Rows by their ids, as a page has them. */
export function byId<Row extends Readonly<{ id: string }>>(...rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}
