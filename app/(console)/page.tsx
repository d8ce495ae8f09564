import type { Metadata } from "next";
import type { ReactNode } from "react";
import { BreakGlassDialogs } from "#components/break-glass/break-glass-dialogs.tsx";
import { Overview } from "#components/console/overview.tsx";
import { ChangeDialogs } from "#components/promotions/change-dialogs.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { breakGlassAction } from "./break-glass/actions.ts";
import { requestPromotionAction } from "./promotions/actions.ts";
import { restartAction } from "./restarts/actions.ts";
import { rollBackAction } from "./rollbacks/actions.ts";

export const metadata: Metadata = { title: "Overview" };

export default async function OverviewPage(): Promise<ReactNode> {
  await pageVisitor();
  return (
    <>
      <Overview />
      <ChangeDialogs request={requestPromotionAction} rollBack={rollBackAction} restart={restartAction} />
      <BreakGlassDialogs breakGlass={breakGlassAction} />
    </>
  );
}
