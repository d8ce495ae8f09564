import type { Metadata } from "next";
import type { ReactNode } from "react";
import { TopologyView } from "#components/topology/topology-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { type PageQuery, searchIn, TOPOLOGY_SEARCH } from "#lib/routes.ts";

export const metadata: Metadata = { title: "Topology" };

export default async function TopologyPage({
  searchParams,
}: Readonly<{ searchParams: PageQuery }>): Promise<ReactNode> {
  await pageVisitor();
  const search = searchIn(await searchParams, TOPOLOGY_SEARCH);
  return <TopologyView search={search} />;
}
