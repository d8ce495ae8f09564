"use client";

import "./globals.css";
import type { ReactNode } from "react";

/** Stands in for the whole house when its frame cannot be drawn. Every page loads it, so that it is made of nothing else. */
export default function GlobalError({ reset }: Readonly<{ error: Error; reset: () => void }>): ReactNode {
  return (
    <html lang="en">
      <body>
        <title>Not available · Gatehouse</title>
        <main className="mx-auto flex max-w-[720px] flex-col items-start gap-3 px-4 py-16">
          <h1 className="font-semibold text-title">Gatehouse cannot show anything just now.</h1>
          <p className="text-dim text-lead">
            <strong className="text-text">Nothing was changed,</strong> and what is under way goes on. The console
            itself failed to answer; its log says why.
          </p>
          <button
            type="button"
            onClick={reset}
            className="h-8 rounded-control bg-accent px-3 font-medium text-accent-ink max-phone:h-11"
          >
            Try again
          </button>
        </main>
      </body>
    </html>
  );
}
