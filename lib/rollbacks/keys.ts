/** The key under which a browser reads a rollback's preview. */
export function rollbackPreviewKey(environmentId: string): readonly string[] {
  return ["rollbacks", "preview", environmentId];
}
