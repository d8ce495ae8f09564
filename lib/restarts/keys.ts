import type { WorkloadRef } from "./model.ts";

/** The key under which a browser reads a restart's preview. */
export function restartPreviewKey(environmentId: string, { kind, namespace, name }: WorkloadRef): readonly string[] {
  return ["restarts", "preview", environmentId, kind, namespace, name];
}
