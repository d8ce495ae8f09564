/** The key under which a browser reads a promotion's preview. */
export function promotionPreviewKey(environmentId: string): readonly string[] {
  return ["promotions", "preview", environmentId];
}
