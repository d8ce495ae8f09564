"use client";

import { createContext, type ReactNode, use, useMemo } from "react";
import { useUrlState } from "#components/live/use-url-state.ts";
import { Button } from "#components/ui/button.tsx";
import { Notice } from "#components/ui/notice.tsx";
import type { BeginStepUpInput } from "#lib/access/schema.ts";
import type { Result } from "#lib/platform/result.ts";
import { STEPPED_UP, stepUpPath } from "#lib/routes.ts";
import { enterByProvider, enterDemo } from "./sign-in.ts";

type Begin = (input: BeginStepUpInput) => Promise<Result<{ stepUpId: string }>>;
type StepUp = Readonly<{
  /** Whether it is done without leaving the page, so that it can be made before an action asks for it. */
  isSilent: boolean;
  make: (digest: string) => Promise<void>;
}>;

const StepUpContext = createContext<StepUp | undefined>(undefined);

type StepUpProviderProps = Readonly<{
  begin: Begin;
  /** The demo has no passwords to ask for, so that its accounts sign in again by themselves. */
  demoAccount: string | undefined;
  children: ReactNode;
}>;

/** Lets actions ask for a fresh sign-in. */
export function StepUpProvider({ begin, demoAccount, children }: StepUpProviderProps): ReactNode {
  const stepUp = useMemo(() => stepUpBy(begin, demoAccount), [begin, demoAccount]);
  return <StepUpContext value={stepUp}>{children}</StepUpContext>;
}

/** Signs in again for one digest: resolves when that counts, or leaves the page for the identity provider. */
export function useStepUp(): StepUp {
  const stepUp = use(StepUpContext);
  if (stepUp === undefined) {
    throw new Error("this component stands outside StepUpProvider");
  }
  return stepUp;
}

function stepUpBy(begin: Begin, demoAccount: string | undefined): StepUp {
  const make = async (digest: string) => {
    const begun = await begin({ digest });
    if (!begun.ok) {
      throw new Error(begun.message);
    }
    const path = stepUpPath(begun.value.stepUpId, `${window.location.pathname}${window.location.search}`);
    if (demoAccount === undefined) {
      await enterByProvider(path, { max_age: "0", prompt: "login" });
      return leaving();
    }
    await enterDemo(demoAccount);
    await fetch(path, { redirect: "manual" });
  };
  return { isSilent: demoAccount !== undefined, make };
}

/** The browser is on its way to another page: nothing more is to happen on this one. */
function leaving(): Promise<never> {
  return new Promise(() => undefined);
}

/** Says, to whoever comes back from signing in again, whether that counts and what to do now. */
export function SteppedUpBanner(): ReactNode {
  const [outcome, setOutcome] = useUrlState(STEPPED_UP);
  if (outcome === undefined) {
    return null;
  }
  const close = (
    <Button small variant="quiet" onClick={() => setOutcome(undefined)}>
      Close
    </Button>
  );
  return outcome === "yes" ? (
    <Notice tone="info" banner action={close}>
      You have signed in again. That counts once, for 5 minutes, and for exactly what you wanted to agree to. Nothing
      was sent yet: look at it and click again.
    </Notice>
  ) : (
    <Notice tone="look" banner action={close}>
      That sign-in does not count: it was somebody else's, not a fresh one, or was used before. Nothing was changed;
      click again to sign in anew.
    </Notice>
  );
}
