import { openApiDocument } from "#lib/http/model.ts";

/** It describes the reads and shows nothing of any estate. */
export function GET(): Response {
  return Response.json(openApiDocument());
}
