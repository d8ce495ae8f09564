"use client";

import type { ReactNode } from "react";
import { Button } from "#components/ui/button.tsx";
import { Notice } from "#components/ui/notice.tsx";

type ErrorPageProps = Readonly<{ error: Error & { digest?: string }; reset: () => void }>;

export default function ErrorPage({ error, reset }: ErrorPageProps): ReactNode {
  return (
    <Notice tone="broken" action={<Button onClick={reset}>Try again</Button>}>
      This page could not be read. Nothing was changed. If it stays so, look in the console's log
      {error.digest === undefined ? "" : ` for ${error.digest}`}; the database may not answer.
    </Notice>
  );
}
