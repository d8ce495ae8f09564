import type { ReactNode } from "react";
import { ChangeDialogs } from "#components/promotions/change-dialogs.tsx";
import { requestPromotionAction } from "../promotions/actions.ts";
import { restartAction } from "../restarts/actions.ts";
import { rollBackAction } from "../rollbacks/actions.ts";

/** The dialogs in which a change is asked for, on the pages from which one gets to them. */
export function Changes(): ReactNode {
  return <ChangeDialogs request={requestPromotionAction} rollBack={rollBackAction} restart={restartAction} />;
}
