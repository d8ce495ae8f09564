import type { Metadata } from "next";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { RequestView } from "#components/requests/request-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { readRequest } from "#lib/requests/queries.ts";
import { approveRequestAction, rejectRequestAction, withdrawRequestAction } from "../actions.ts";

export const metadata: Metadata = { title: "Request" };

type RequestPageProps = Readonly<{ params: Promise<{ requestId: string }> }>;

export default async function RequestPage({ params }: RequestPageProps): Promise<ReactNode> {
  const { runtime, person } = await pageVisitor();
  const { requestId } = await params;
  const detail = await readRequest(runtime, person, requestId).catch((failure: unknown) => {
    if (failure instanceof GatehouseError && failure.code === "not_found") {
      notFound();
    }
    throw failure;
  });
  return (
    <RequestView
      initial={detail.request}
      plan={detail.plan}
      headroom={detail.headroom}
      record={detail.record}
      actions={{ approve: approveRequestAction, reject: rejectRequestAction, withdraw: withdrawRequestAction }}
    />
  );
}
