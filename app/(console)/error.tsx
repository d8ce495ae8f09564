"use client";

import type { ReactNode } from "react";
import { Button, ButtonLink } from "#components/ui/button.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { OVERVIEW_PATH } from "#lib/routes.ts";

type ErrorPageProps = Readonly<{ error: Error & { digest?: string }; reset: () => void }>;

export default function ErrorPage({ error, reset }: ErrorPageProps): ReactNode {
  return (
    <Lead
      title="This page could not be read."
      actions={
        <>
          <ButtonLink href={OVERVIEW_PATH}>Overview</ButtonLink>
          <Button variant="primary" onClick={reset}>
            Try again
          </Button>
        </>
      }
    >
      <strong>Nothing was changed.</strong> What this page is made of did not answer; often that is the database, and it
      comes back by itself.
      {error.digest === undefined ? null : (
        <>
          {" "}
          If it stays so, look for <code>{error.digest}</code> in the console's log.
        </>
      )}
    </Lead>
  );
}
