import type { ReactNode } from "react";
import { ConsoleFrame } from "#components/console/console-frame.tsx";
import { LiveProvider } from "#components/live/live-provider.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { rolesAnywhere } from "#lib/access/policy.ts";
import { env } from "#lib/platform/env.ts";
import { snapshotOf } from "#lib/watch/ring.ts";

export const dynamic = "force-dynamic";

export default async function ConsoleLayout({ children }: Readonly<{ children: ReactNode }>): Promise<ReactNode> {
  const { runtime, person } = await pageVisitor();
  const accounts =
    env().GATEHOUSE_DEMO === "1"
      ? runtime.estate.people.map((one) => ({ account: one.account, roles: rolesAnywhere(one) }))
      : [];
  return (
    <LiveProvider initial={snapshotOf(runtime.ring.rows())} person={person}>
      <ConsoleFrame accounts={accounts}>{children}</ConsoleFrame>
    </LiveProvider>
  );
}
