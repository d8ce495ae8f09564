import type { ReactNode } from "react";
import { ButtonLink } from "#components/ui/button.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { OVERVIEW_PATH } from "#lib/routes.ts";

export default function NotFound(): ReactNode {
  return (
    <Panel title="Not here">
      <Empty title="There is no such page" action={<ButtonLink href={OVERVIEW_PATH}>Overview</ButtonLink>}>
        It does not exist, or you may not see it.
      </Empty>
    </Panel>
  );
}
