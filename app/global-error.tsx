"use client";

import "./globals.css";
import { GeistSans } from "geist/font/sans";
import type { ReactNode } from "react";
import { Button } from "#components/ui/button.tsx";
import { Lead } from "#components/ui/lead.tsx";

/** Stands in for the whole house when its frame cannot be drawn. */
export default function GlobalError({ reset }: Readonly<{ error: Error; reset: () => void }>): ReactNode {
  return (
    <html lang="en" className={GeistSans.variable}>
      <body>
        <title>Not available · Gatehouse</title>
        <main className="mx-auto max-w-[720px] px-4 py-16">
          <Lead
            title="Gatehouse cannot show anything just now."
            actions={
              <Button variant="primary" onClick={reset}>
                Try again
              </Button>
            }
          >
            <strong>Nothing was changed,</strong> and what is under way goes on. The console itself failed to answer;
            its log says why.
          </Lead>
        </main>
      </body>
    </html>
  );
}
