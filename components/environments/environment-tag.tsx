import type { ReactNode } from "react";
import { Cell } from "#components/ui/table.tsx";
import { Tag } from "#components/ui/tag.tsx";

type EnvironmentTagProps = Readonly<{ id: string; tier: "live" | "sandbox" }>;

/** An environment's name; a live one is outlined warm, any other is dashed. */
export function EnvironmentTag({ id, tier }: EnvironmentTagProps): ReactNode {
  return <Tag kind={tier === "live" ? "warm" : "dashed"}>{id}</Tag>;
}

/** The environment of what a row shows. */
export function EnvironmentCell({ id, isLive }: Readonly<{ id: string; isLive: boolean }>): ReactNode {
  return (
    <Cell label="Environment">
      <EnvironmentTag id={id} tier={isLive ? "live" : "sandbox"} />
    </Cell>
  );
}
