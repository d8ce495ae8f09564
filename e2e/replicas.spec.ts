import { strikeConsoles } from "#e2e/fixtures/strikes.ts";
import { expect, test } from "#e2e/fixtures/test.ts";

/** `npm run bench consoles` strikes 100 times at random, and says how long it takes. */
test("two consoles on one database, one killed and one stopped while people ask, agree and restart: each effect and each end is there once", async ({
  house,
}) => {
  // A minute at most where nothing else runs; each call and each round has its own deadline.
  test.setTimeout(600_000);
  const { operations } = await strikeConsoles(house, ["kill", "stop"]);
  expect(operations).toBeGreaterThan(2);
});
