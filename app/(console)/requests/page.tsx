import type { Metadata } from "next";
import type { ReactNode } from "react";
import { RequestsView } from "#components/requests/requests-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { readRequests } from "#lib/requests/queries.ts";
import { closeBreakGlassAction, reviewBreakGlassAction } from "../break-glass/actions.ts";

export const metadata: Metadata = { title: "Requests" };

export default async function RequestsPage(): Promise<ReactNode> {
  const { runtime, person } = await pageVisitor();
  const { items } = await readRequests(runtime, person, {});
  return <RequestsView older={items} glassActions={{ close: closeBreakGlassAction, review: reviewBreakGlassAction }} />;
}
