import type { ReactNode } from "react";
import { ButtonLink } from "#components/ui/button.tsx";
import { Lead } from "#components/ui/lead.tsx";
import { OVERVIEW_PATH, REQUESTS_PATH } from "#lib/routes.ts";

export default function NotFound(): ReactNode {
  return (
    <Lead
      title="There is no such page."
      actions={
        <>
          <ButtonLink href={REQUESTS_PATH}>Requests</ButtonLink>
          <ButtonLink href={OVERVIEW_PATH} variant="primary">
            Overview
          </ButtonLink>
        </>
      }
    >
      It does not exist, or you may not see it. Gatehouse answers the same to both, so that nobody learns what there is
      by asking.
    </Lead>
  );
}
