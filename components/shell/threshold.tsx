import type { ReactNode } from "react";
import { Wordmark } from "./logo.tsx";

/** The frame of a page before the console: one column under the console's name. */
export function Threshold({ children }: Readonly<{ children: ReactNode }>): ReactNode {
  return (
    <main className="mx-auto max-w-[560px] px-4 py-16 max-phone:py-8">
      <div className="mb-8">
        <Wordmark />
      </div>
      {children}
    </main>
  );
}
