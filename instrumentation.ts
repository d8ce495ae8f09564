/** Next calls this once when the server starts: watching begins before the first page is asked for. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { runtime } = await import("#lib/platform/wiring.ts");
    const { watchDoor } = await import("#lib/platform/door.ts");
    watchDoor(await runtime());
  }
}
