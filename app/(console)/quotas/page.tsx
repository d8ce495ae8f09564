import type { Metadata } from "next";
import type { ReactNode } from "react";
import { QuotasView } from "#components/quotas/quotas-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { type PageQuery, QUOTA_SEARCH, searchIn } from "#lib/routes.ts";
import { Changes } from "../_parts/changes.tsx";

export const metadata: Metadata = { title: "Quotas" };

export default async function QuotasPage({ searchParams }: Readonly<{ searchParams: PageQuery }>): Promise<ReactNode> {
  await pageVisitor();
  const search = searchIn(await searchParams, QUOTA_SEARCH);
  return (
    <>
      <QuotasView search={search} />
      <Changes />
    </>
  );
}
