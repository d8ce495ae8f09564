import type { NextRequest } from "next/server";
import { readAudit } from "#lib/audit/queries.ts";
import { AuditSearch } from "#lib/audit/schema.ts";
import { answer } from "#lib/platform/answer.ts";
import { GatehouseError } from "#lib/platform/errors.ts";

export function GET(request: NextRequest): Promise<Response> {
  return answer(
    (runtime, person) => {
      const search = AuditSearch.safeParse(Object.fromEntries(request.nextUrl.searchParams));
      if (!search.success) {
        const issue = search.error.issues[0];
        throw new GatehouseError("invalid", `${issue?.path.join(".")}: ${issue?.message}`);
      }
      return readAudit(runtime, person, search.data);
    },
    { action: "record.read", target: "record" },
  );
}
