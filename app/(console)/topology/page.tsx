import type { Metadata } from "next";
import type { ReactNode } from "react";
import { TopologyView } from "#components/topology/topology-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { TOPOLOGY_SEARCH } from "#lib/routes.ts";

export const metadata: Metadata = { title: "Topology" };

type TopologyPageProps = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>;

export default async function TopologyPage({ searchParams }: TopologyPageProps): Promise<ReactNode> {
  await pageVisitor();
  const asked = await searchParams;
  const search = Object.fromEntries(
    TOPOLOGY_SEARCH.flatMap((name) => {
      const value = asked[name];
      return typeof value === "string" && value !== "" ? [[name, value]] : [];
    }),
  );
  return <TopologyView search={search} />;
}
