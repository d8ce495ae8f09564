import type { Metadata } from "next";
import type { ReactNode } from "react";
import { SchedulesView } from "#components/schedules/schedules-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { RECONCILIATION_ROLES } from "#lib/schedules/model.ts";

export const metadata: Metadata = { title: "Reconciliation" };

export default async function ReconciliationPage(): Promise<ReactNode> {
  await pageVisitor();
  return (
    <SchedulesView
      roles={RECONCILIATION_ROLES}
      missing="reconciliation job"
      noun={{ one: "reconciliation job", many: "reconciliation jobs" }}
    />
  );
}
