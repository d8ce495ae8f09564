import type { ReactNode } from "react";
import { ButtonLink } from "./button.tsx";
import { Panel } from "./panel.tsx";

type SidePanelProps = Readonly<{
  title: string;
  hint?: ReactNode;
  /** The page without this panel. */
  closeHref: string;
  children: ReactNode;
}>;

/** What stands in the side column about the one thing that was chosen. */
export function SidePanel({ title, hint, closeHref, children }: SidePanelProps): ReactNode {
  return (
    <Panel
      title={title}
      hint={hint}
      aside={
        <ButtonLink href={closeHref} scroll={false} small variant="quiet">
          Close
        </ButtonLink>
      }
    >
      {children}
    </Panel>
  );
}
