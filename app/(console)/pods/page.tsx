import type { Metadata } from "next";
import type { ReactNode } from "react";
import { PodsView } from "#components/pods/pods-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { readFirstPods } from "#lib/pods/queries.ts";
import { type PageQuery, POD_SEARCH, searchIn } from "#lib/routes.ts";

export const metadata: Metadata = { title: "Pods" };

export default async function PodsPage({ searchParams }: Readonly<{ searchParams: PageQuery }>): Promise<ReactNode> {
  const { runtime, person } = await pageVisitor();
  const search = searchIn(await searchParams, POD_SEARCH);
  return <PodsView first={readFirstPods(runtime, person, search)} />;
}
