import type { SourceRow } from "./freshness.ts";

/** What every read over HTTP answers with: the items, when they were read, and whether their sources can be believed. */
export type Envelope<Item> = Readonly<{ items: readonly Item[]; asOf: string; sources: readonly SourceRow[] }>;
