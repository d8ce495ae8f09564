import type { ReactNode } from "react";
import { StepUpProvider } from "#components/access/step-up.tsx";
import { ConsoleFrame } from "#components/console/console-frame.tsx";
import { LiveProvider } from "#components/live/live-provider.tsx";
import { pageVisitor } from "#lib/access/page.ts";
import { rolesAnywhere } from "#lib/access/policy.ts";
import { env } from "#lib/platform/env.ts";
import { feedFor } from "#lib/watch/queries.ts";
import { beginStepUpAction } from "../step-up/actions.ts";

export const dynamic = "force-dynamic";

export default async function ConsoleLayout({ children }: Readonly<{ children: ReactNode }>): Promise<ReactNode> {
  const { runtime, person } = await pageVisitor();
  const accounts =
    env().GATEHOUSE_DEMO === "1"
      ? runtime.estate.people.map((one) => ({ account: one.account, roles: rolesAnywhere(one) }))
      : [];
  return (
    <LiveProvider initial={feedFor(runtime, runtime.ring, person).held()} person={person}>
      <StepUpProvider
        begin={beginStepUpAction}
        demoAccount={accounts.some(({ account }) => account === person.account) ? person.account : undefined}
      >
        <ConsoleFrame accounts={accounts}>{children}</ConsoleFrame>
      </StepUpProvider>
    </LiveProvider>
  );
}
