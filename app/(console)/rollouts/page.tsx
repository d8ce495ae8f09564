import type { Metadata } from "next";
import type { ReactNode } from "react";
import { ChangeDialogs } from "#components/promotions/change-dialogs.tsx";
import { RolloutsView } from "#components/rollouts/rollouts-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { type PageQuery, ROLLOUT_SEARCH, searchIn } from "#lib/routes.ts";
import { requestPromotionAction } from "../promotions/actions.ts";
import { restartAction } from "../restarts/actions.ts";
import { rollBackAction } from "../rollbacks/actions.ts";

export const metadata: Metadata = { title: "Rollouts" };

export default async function RolloutsPage({
  searchParams,
}: Readonly<{ searchParams: PageQuery }>): Promise<ReactNode> {
  await pageVisitor();
  const search = searchIn(await searchParams, ROLLOUT_SEARCH);
  return (
    <>
      <RolloutsView search={search} />
      <ChangeDialogs request={requestPromotionAction} rollBack={rollBackAction} restart={restartAction} />
    </>
  );
}
