import type { Metadata } from "next";
import type { ReactNode } from "react";
import { SchedulesView } from "#components/schedules/schedules-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";

export const metadata: Metadata = { title: "Scheduled work" };

export default async function SchedulesPage(): Promise<ReactNode> {
  await pageVisitor();
  return <SchedulesView noun={{ one: "job", many: "jobs" }} />;
}
