/** React Query's key of a promotion's preview. */
export function promotionPreviewKey(environmentId: string): readonly string[] {
  return ["promotions", "preview", environmentId];
}
