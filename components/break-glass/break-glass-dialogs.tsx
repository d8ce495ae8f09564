"use client";

import dynamic from "next/dynamic";
import type { ReactNode } from "react";
import { useRows } from "#components/live/live-provider.tsx";
import { useUrlState } from "#components/live/use-url-state.ts";
import type { BreakGlass } from "./break-glass-dialog.tsx";

// What is not looked at is not loaded.
const BreakGlassDialog = dynamic(() => import("./break-glass-dialog.tsx").then((file) => file.BreakGlassDialog));

/** The dialog that the URL says is open: `?break-glass=<environment>`. */
export function BreakGlassDialogs({ breakGlass }: Readonly<{ breakGlass: BreakGlass }>): ReactNode {
  const [environmentId, open] = useUrlState("break-glass");
  const environment = useRows("environment").get(environmentId ?? "");
  return environment === undefined ? null : (
    <BreakGlassDialog environment={environment} breakGlass={breakGlass} onClose={() => open(undefined)} />
  );
}
