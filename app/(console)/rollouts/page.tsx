import type { Metadata } from "next";
import type { ReactNode } from "react";
import { RolloutsView } from "#components/rollouts/rollouts-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { type PageQuery, ROLLOUT_SEARCH, searchIn } from "#lib/routes.ts";
import { Changes } from "../_parts/changes.tsx";

export const metadata: Metadata = { title: "Rollouts" };

export default async function RolloutsPage({
  searchParams,
}: Readonly<{ searchParams: PageQuery }>): Promise<ReactNode> {
  await pageVisitor();
  const search = searchIn(await searchParams, ROLLOUT_SEARCH);
  return (
    <>
      <RolloutsView search={search} />
      <Changes />
    </>
  );
}
