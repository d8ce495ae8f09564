"use client";

import type { ReactNode } from "react";
import { Threshold } from "#components/shell/threshold.tsx";
import { Button } from "#components/ui/button.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { leave } from "./sign-in.ts";

/** For somebody who is signed in and may see nothing: why, and who can change that. */
export function NoRole({ account, groups }: Readonly<{ account: string; groups: readonly string[] }>): ReactNode {
  return (
    <Threshold>
      <Lead title="You hold no role here.">
        You are signed in as <strong>{account}</strong>, and{" "}
        {groups.length === 0 ? (
          <>the identity provider names no group that you are in</>
        ) : (
          <>
            none of your groups (<strong>{groups.join(", ")}</strong>) holds a role in any environment
          </>
        )}
        . Roles are given to groups: ask whoever keeps the groups to add you to one, then sign in again.
      </Lead>
      <Button wide onClick={leave}>
        Sign out
      </Button>
    </Threshold>
  );
}
