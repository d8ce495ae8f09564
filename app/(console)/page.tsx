import type { Metadata } from "next";
import type { ReactNode } from "react";
import { BreakGlassDialogs } from "#components/break-glass/break-glass-dialogs.tsx";
import { Overview } from "#components/console/overview.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { Changes } from "./_parts/changes.tsx";
import { breakGlassAction } from "./break-glass/actions.ts";

export const metadata: Metadata = { title: "Overview" };

export default async function OverviewPage(): Promise<ReactNode> {
  await pageVisitor();
  return (
    <>
      <Overview />
      <Changes />
      <BreakGlassDialogs breakGlass={breakGlassAction} />
    </>
  );
}
