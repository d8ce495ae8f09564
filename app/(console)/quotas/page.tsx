import type { Metadata } from "next";
import type { ReactNode } from "react";
import { ChangeDialogs } from "#components/promotions/change-dialogs.tsx";
import { QuotasView } from "#components/quotas/quotas-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { QUOTA_SEARCH } from "#lib/routes.ts";
import { requestPromotionAction } from "../promotions/actions.ts";
import { restartAction } from "../restarts/actions.ts";
import { rollBackAction } from "../rollbacks/actions.ts";

export const metadata: Metadata = { title: "Quotas" };

type QuotasPageProps = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>;

export default async function QuotasPage({ searchParams }: QuotasPageProps): Promise<ReactNode> {
  await pageVisitor();
  const asked = await searchParams;
  const search = Object.fromEntries(
    QUOTA_SEARCH.flatMap((name) => {
      const value = asked[name];
      return typeof value === "string" && value !== "" ? [[name, value]] : [];
    }),
  );
  return (
    <>
      <QuotasView search={search} />
      <ChangeDialogs request={requestPromotionAction} rollBack={rollBackAction} restart={restartAction} />
    </>
  );
}
