import type { ReactNode } from "react";
import { Tag } from "#components/ui/tag.tsx";

type EnvironmentTagProps = Readonly<{ id: string; tier: "live" | "sandbox" }>;

/** An environment's name; a live one is outlined warm, any other is dashed. */
export function EnvironmentTag({ id, tier }: EnvironmentTagProps): ReactNode {
  return <Tag kind={tier === "live" ? "warm" : "dashed"}>{id}</Tag>;
}
