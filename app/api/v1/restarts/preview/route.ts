import type { NextRequest } from "next/server";
import { answer } from "#lib/platform/answer.ts";
import { GatehouseError } from "#lib/platform/errors.ts";
import { previewRestart } from "#lib/restarts/queries.ts";
import { WorkloadRefInput } from "#lib/restarts/schema.ts";

export function GET(request: NextRequest): Promise<Response> {
  const { environment = "", ...rest } = Object.fromEntries(request.nextUrl.searchParams);
  return answer((runtime, person) => {
    const workload = WorkloadRefInput.safeParse(rest);
    if (!workload.success) {
      throw new GatehouseError("not_found", "There is no such workload.");
    }
    return previewRestart(runtime, person, environment, workload.data);
  });
}
