import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache, type ReactNode } from "react";
import { RequestView } from "#components/requests/request-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { titleOf } from "#lib/requests/model.ts";
import { type RequestDetail, readRequest } from "#lib/requests/queries.ts";
import {
  approveRequestAction,
  rejectRequestAction,
  runRequestAction,
  takeOverAction,
  withdrawRequestAction,
} from "../actions.ts";

type RequestPageProps = Readonly<{ params: Promise<{ requestId: string }> }>;

export async function generateMetadata({ params }: RequestPageProps): Promise<Metadata> {
  const { requestId } = await params;
  return { title: titleOf((await requestDetail(requestId)).request) };
}

export default async function RequestPage({ params }: RequestPageProps): Promise<ReactNode> {
  const { requestId } = await params;
  const detail = await requestDetail(requestId);
  return (
    <RequestView
      initial={detail.request}
      plan={detail.plan}
      headroom={detail.headroom}
      record={detail.record}
      actions={{
        approve: approveRequestAction,
        reject: rejectRequestAction,
        withdraw: withdrawRequestAction,
        run: runRequestAction,
        takeOver: takeOverAction,
      }}
    />
  );
}

/** Read once for the page and its title. */
const requestDetail = cache(async (requestId: string): Promise<RequestDetail> => {
  const { runtime, person } = await pageVisitor();
  try {
    return await readRequest(runtime, person, requestId);
  } catch (failure) {
    if (failure instanceof GatehouseError && failure.code === "not_found") {
      notFound();
    }
    throw failure;
  }
});
