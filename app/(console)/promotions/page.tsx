import type { Metadata } from "next";
import type { ReactNode } from "react";
import { BreakGlassDialogs } from "#components/break-glass/break-glass-dialogs.tsx";
import { PromotionsView } from "#components/promotions/promotions-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { readRequests } from "#lib/requests/queries.ts";
import { Changes } from "../_parts/changes.tsx";
import { breakGlassAction } from "../break-glass/actions.ts";

export const metadata: Metadata = { title: "Promotions" };

export default async function PromotionsPage(): Promise<ReactNode> {
  const { runtime, person } = await pageVisitor();
  const { items } = await readRequests(runtime, person, {});
  return (
    <>
      <PromotionsView older={items} />
      <Changes />
      <BreakGlassDialogs breakGlass={breakGlassAction} />
    </>
  );
}
