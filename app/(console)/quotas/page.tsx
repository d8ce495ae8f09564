import type { Metadata } from "next";
import type { ReactNode } from "react";
import { ChangeDialogs } from "#components/promotions/change-dialogs.tsx";
import { QuotasView } from "#components/quotas/quotas-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { type PageQuery, QUOTA_SEARCH, searchIn } from "#lib/routes.ts";
import { requestPromotionAction } from "../promotions/actions.ts";
import { restartAction } from "../restarts/actions.ts";
import { rollBackAction } from "../rollbacks/actions.ts";

export const metadata: Metadata = { title: "Quotas" };

export default async function QuotasPage({ searchParams }: Readonly<{ searchParams: PageQuery }>): Promise<ReactNode> {
  await pageVisitor();
  const search = searchIn(await searchParams, QUOTA_SEARCH);
  return (
    <>
      <QuotasView search={search} />
      <ChangeDialogs request={requestPromotionAction} rollBack={rollBackAction} restart={restartAction} />
    </>
  );
}
