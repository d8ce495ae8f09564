import type { NextRequest } from "next/server";
import { whileAccessLasts } from "#lib/access/access-watch.ts";
import { exportRecord } from "#lib/audit/operations.ts";
import { ExportSearch } from "#lib/audit/schema.ts";
import { answer } from "#lib/platform/answer.ts";
import { GatehouseError } from "#lib/platform/errors.ts";

export function GET(request: NextRequest): Promise<Response> {
  return answer(
    async (runtime, person, session) => {
      const search = ExportSearch.safeParse(Object.fromEntries(request.nextUrl.searchParams));
      if (!search.success) {
        const issue = search.error.issues[0];
        throw new GatehouseError("invalid", `${issue?.path.join(".")}: ${issue?.message}`);
      }
      const { body, filename } = await exportRecord(runtime, person, search.data);
      return new Response(whileAccessLasts(runtime, session, person, body, request.signal), {
        headers: {
          "Content-Type": "text/html; charset=utf-8",
          "Content-Disposition": `attachment; filename="${filename}"`,
          // Should a browser show it all the same, it has no part in the console.
          "Content-Security-Policy": "sandbox",
        },
      });
    },
    { action: "record.export", target: "record" },
  );
}
