import type { Metadata } from "next";
import type { ReactNode } from "react";
import { ChangeDialogs } from "#components/promotions/change-dialogs.tsx";
import { RolloutsView } from "#components/rollouts/rollouts-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { ROLLOUT_SEARCH } from "#lib/routes.ts";
import { requestPromotionAction } from "../promotions/actions.ts";
import { restartAction } from "../restarts/actions.ts";
import { rollBackAction } from "../rollbacks/actions.ts";

export const metadata: Metadata = { title: "Rollouts" };

type RolloutsPageProps = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>;

export default async function RolloutsPage({ searchParams }: RolloutsPageProps): Promise<ReactNode> {
  await pageVisitor();
  const asked = await searchParams;
  const search = Object.fromEntries(
    ROLLOUT_SEARCH.flatMap((name) => {
      const value = asked[name];
      return typeof value === "string" && value !== "" ? [[name, value]] : [];
    }),
  );
  return (
    <>
      <RolloutsView search={search} />
      <ChangeDialogs request={requestPromotionAction} rollBack={rollBackAction} restart={restartAction} />
    </>
  );
}
