import "server-only";
import type * as z from "zod";
import type { Person } from "#lib/access/model.ts";
import { isOwnOrigin } from "#lib/access/origin.ts";
import { requestOrigin, requestSource, signedInPerson } from "#lib/access/session.ts";
import { recordRefusal } from "#lib/audit/refusals.ts";
import { checkShape } from "#lib/limits/body.ts";
import { within } from "./deadline.ts";
import { env } from "./env.ts";
import { describeFailure, GatehouseError } from "./errors.ts";
import { newId } from "./ids.ts";
import type { Result } from "./result.ts";
import type { Runtime } from "./runtime.ts";
import { runtime as currentRuntime } from "./wiring.ts";

/** Twice as long as a Git host may take. */
const RUN_MS = 60_000;
const RUN_LATE =
  "It takes too long, so whether it was done is not known; look at the record before you try again. The same attempt is not done twice.";

export type Action<Input, Value> = Readonly<{
  /** `noun.verb`, as it stands on the record. */
  name: string;
  schema: z.ZodType<Input>;
  target: (input: Input) => string;
  run: (runtime: Runtime, person: Person, input: Input) => Promise<Value>;
}>;

/**
 * The one frame of every server action: session, limits, origin, parse, run. A server action can be called by anyone who can send a
 * POST, so none of this is left to the page. Whatever is refused goes on the record; what fails unexpectedly goes to the log
 * under the call's id, and nothing of it to the browser. Next's own signals (redirect, notFound) are not used in actions.
 */
export async function runAction<Input, Value>(action: Action<Input, Value>, raw: unknown): Promise<Result<Value>> {
  const callId = newId("act");
  const runtime = await currentRuntime();
  let person: Person | undefined;
  let target = "-";
  try {
    person = await signedInPerson(runtime);
    if (person === undefined) {
      await runtime.limiter.use("refusedCall", await requestSource());
      throw new GatehouseError("not_signed_in", "You are not signed in. Nothing was changed; sign in and try again.");
    }
    await runtime.limiter.use("action", person.account);
    if (!isOwnOrigin(await requestOrigin(), env().NEXTAUTH_URL ?? "")) {
      throw new GatehouseError(
        "not_allowed",
        "This call does not come from Gatehouse's own pages. Nothing was changed.",
      );
    }
    checkShape(raw);
    const input = parse(action.schema, raw);
    target = action.target(input);
    return { ok: true, value: await within(RUN_MS, RUN_LATE, action.run(runtime, person, input)) };
  } catch (failure) {
    const refusal = asRefusal(runtime, action.name, callId, failure);
    if (isForTheRecord(refusal)) {
      await recordRefusal(runtime, {
        actor: person?.account ?? "nobody",
        action: action.name,
        target,
        code: refusal.code,
        message: refusal.message,
        callId,
      });
    }
    return {
      ok: false,
      callId,
      code: refusal.code,
      message: refusal.message,
      ...(refusal.fields === undefined ? {} : { fields: refusal.fields }),
    };
  }
}

/** Too many calls are on record once a window, lest they fill it; a call that is being carried out leaves its own row. */
function isForTheRecord({ code, retry }: GatehouseError): boolean {
  return retry?.isFirst !== false && code !== "in_progress";
}

function parse<Input>(schema: z.ZodType<Input>, raw: unknown): Input {
  const parsed = schema.safeParse(raw);
  if (parsed.success) {
    return parsed.data;
  }
  const fields: Record<string, string> = {};
  for (const issue of parsed.error.issues) {
    const path = issue.code === "unrecognized_keys" ? issue.keys.join(", ") : issue.path.join(".");
    fields[path || "input"] ??= issue.code === "unrecognized_keys" ? "is not a field of this action" : issue.message;
  }
  const words = Object.entries(fields).map(([field, message]) => `${field}: ${message}`);
  throw new GatehouseError("invalid", `Nothing was changed. ${words.join("; ")}`.slice(0, 600), { fields });
}

function asRefusal(runtime: Runtime, action: string, callId: string, failure: unknown): GatehouseError {
  if (failure instanceof GatehouseError) {
    return failure;
  }
  runtime.log.error({ action, callId, failure: describeFailure(failure) }, "an action failed");
  return new GatehouseError(
    "unexpected",
    `Something failed that Gatehouse did not expect; look at the record before you try again. It is in the log as ${callId}.`,
  );
}
