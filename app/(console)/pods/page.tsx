import type { Metadata } from "next";
import type { ReactNode } from "react";
import { PodsView } from "#components/pods/pods-view.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { readFirstPods } from "#lib/pods/queries.ts";
import { POD_SEARCH } from "#lib/routes.ts";

export const metadata: Metadata = { title: "Pods" };

type PodsPageProps = Readonly<{ searchParams: Promise<Record<string, string | string[] | undefined>> }>;

export default async function PodsPage({ searchParams }: PodsPageProps): Promise<ReactNode> {
  const { runtime, person } = await pageVisitor();
  const asked = await searchParams;
  const search = Object.fromEntries(
    POD_SEARCH.flatMap((name) => {
      const value = asked[name];
      return typeof value === "string" && value !== "" ? [[name, value]] : [];
    }),
  );
  return <PodsView first={readFirstPods(runtime, person, search)} />;
}
