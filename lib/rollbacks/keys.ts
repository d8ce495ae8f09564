/** React Query's key of a rollback's preview. */
export function rollbackPreviewKey(environmentId: string): readonly string[] {
  return ["rollbacks", "preview", environmentId];
}
