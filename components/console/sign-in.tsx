"use client";

import { type ReactNode, useState } from "react";
import { enterByProvider, enterDemo } from "#components/access/sign-in.ts";
import { Threshold } from "#components/shell/threshold.tsx";
import { Button } from "#components/ui/button.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Row, Rows } from "#components/ui/rows.tsx";
import { useHydrated } from "#components/ui/use-hydrated.ts";
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

const NOT_VOUCHED =
  "The identity provider did not vouch for you, or its answer could not be trusted. Nobody was signed in; try again.";

/** Why nobody is signed in, by the word that next-auth or our own check puts into the address. */
const WHY_NOT: Readonly<Record<string, string>> = {
  OAuthSignin: "The identity provider cannot be reached, so nobody was signed in. Try again in a moment.",
  Callback: NOT_VOUCHED,
  OAuthCallback: NOT_VOUCHED,
  NameNotUsable:
    "The identity provider names you in a way that cannot be used here. Nobody was signed in; the record says what was expected, and an admin can read it.",
  Unavailable:
    "The console cannot put your sign-in on record just now, so nobody was signed in. Try again in a moment.",
  NameTaken:
    "Somebody else has signed in under your name before, so it is not given to you. Nobody was signed in; ask an admin.",
};
const WHY_NOT_AT_ALL = "You could not be signed in. Try again; if it stays so, the console's log says why.";

type SignInProps = Readonly<{
  /** In the demo a name is enough. */
  accounts: readonly Readonly<{ account: string; roles: readonly Role[] }>[];
  /** What people call the identity provider; undefined where there is none. */
  provider: string | undefined;
  /** Why the last attempt failed. */
  failed: string | undefined;
}>;

/** The ways to sign in. */
export function SignIn({ accounts, provider, failed }: SignInProps): ReactNode {
  const [pending, setPending] = useState<string>();
  const isDeaf = !useHydrated();
  const [error, setError] = useState(failed === undefined ? undefined : (WHY_NOT[failed] ?? WHY_NOT_AT_ALL));

  async function enter(account: string): Promise<void> {
    setPending(account);
    const failure = await enterDemo(account);
    if (failure !== undefined) {
      setPending(undefined);
      setError(
        WHY_NOT[failure] ??
          `${account} could not be signed in. The demo's accounts work only on this machine's own address.`,
      );
      return;
    }
    window.location.assign(OVERVIEW_PATH);
  }

  async function enterElsewhere(): Promise<void> {
    setPending("provider");
    await enterByProvider(OVERVIEW_PATH);
  }

  return (
    <Threshold>
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
      {provider === undefined ? null : (
        <div className="mb-4 flex">
          <Button variant="primary" wide busy={isDeaf || pending === "provider"} onClick={enterElsewhere}>
            Sign in with {provider}
          </Button>
        </div>
      )}
      {accounts.length === 0 ? null : (
        <Panel title="Accounts">
          <Rows label="Accounts">
            {accounts.map(({ account, roles }) => (
              <Row
                key={account}
                title={account}
                detail={roles.map((role) => WHAT_FOR[role]).join("; ") || "has no role"}
                action={
                  <Button
                    busy={isDeaf || pending === account}
                    onClick={() => enter(account)}
                    aria-label={`Sign in as ${account}`}
                  >
                    Sign in
                  </Button>
                }
              />
            ))}
          </Rows>
        </Panel>
      )}
      {provider === undefined && accounts.length === 0 ? (
        <Panel title="No way to sign in is configured">
          <Empty title="Nobody can sign in">
            Name an OpenID Connect provider under access.oidc in gatehouse.yaml. It is read again by itself.
          </Empty>
        </Panel>
      ) : null}
    </Threshold>
  );
}
