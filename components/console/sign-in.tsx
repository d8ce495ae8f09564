"use client";

import { signIn } from "next-auth/react";
import { type ReactNode, useState } from "react";
import { Wordmark } from "#components/shell/logo.tsx";
import { Button } from "#components/ui/button.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Row, Rows } from "#components/ui/rows.tsx";
import type { Role } from "#lib/access/model.ts";
import { OVERVIEW_PATH } from "#lib/routes.ts";

/** What each role may do, in a few words. */
const WHAT_FOR: Readonly<Record<Role, string>> = {
  viewer: "sees everything, changes nothing",
  developer: "asks for promotions",
  operator: "asks, approves what others asked, rolls back",
  compliance: "reads the record; will approve live access",
  risk: "reads the record; will approve live access",
  auditor: "reads the record",
  admin: "keeps policies; approves nothing by that",
};

/** The accounts one may sign in with; in the demo a name is enough. */
export function SignIn({
  accounts,
}: Readonly<{ accounts: readonly Readonly<{ account: string; roles: readonly Role[] }>[] }>): ReactNode {
  const [pending, setPending] = useState<string>();
  const [error, setError] = useState<string>();

  async function enter(account: string): Promise<void> {
    setPending(account);
    const answer = await signIn("demo", { account, redirect: false });
    if (answer?.ok !== true) {
      setPending(undefined);
      setError(`${account} could not be signed in. The demo's accounts work only on this machine's own address.`);
      return;
    }
    window.location.assign(OVERVIEW_PATH);
  }

  return (
    <main className="mx-auto max-w-[560px] px-4 py-16 max-phone:py-8">
      <div className="mb-8">
        <Wordmark />
      </div>
      <Lead title="Who are you?">
        {accounts.length > 0 ? (
          <>
            This is the demo: no passwords, and only from this machine. To see a promotion from both sides, ask as{" "}
            <strong>developer</strong> and approve as <strong>operator</strong>; you can become somebody else at any
            time, at the foot of the navigation.
          </>
        ) : null}
      </Lead>
      {error === undefined ? null : (
        <div className="mb-4">
          <Notice tone="broken">{error}</Notice>
        </div>
      )}
      <Panel title="Accounts">
        {accounts.length === 0 ? (
          <Empty title="No way to sign in is configured">
            Sign-in by an OIDC provider is not part of this version yet. Start the demo to look around.
          </Empty>
        ) : (
          <Rows label="Accounts">
            {accounts.map(({ account, roles }) => (
              <Row
                key={account}
                title={account}
                detail={roles.map((role) => WHAT_FOR[role]).join("; ") || "has no role"}
                action={
                  <Button
                    busy={pending === account}
                    onClick={() => enter(account)}
                    aria-label={`Sign in as ${account}`}
                  >
                    Sign in
                  </Button>
                }
              />
            ))}
          </Rows>
        )}
      </Panel>
    </main>
  );
}
