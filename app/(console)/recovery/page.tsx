import type { Metadata } from "next";
import type { ReactNode } from "react";
import { SchedulesView } from "#components/schedules/schedules-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { RECOVERY_ROLES } from "#lib/schedules/model.ts";

export const metadata: Metadata = { title: "Recovery" };

export default async function RecoveryPage(): Promise<ReactNode> {
  await pageVisitor();
  return <SchedulesView roles={RECOVERY_ROLES} missing="backup" noun={{ one: "backup job", many: "backup jobs" }} />;
}
