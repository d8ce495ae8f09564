import { GatehouseError } from "#lib/platform/errors.ts";

/** The longest action has a reason of 2,000 characters; React's own encoding may double that. */
export const LARGEST_ACTION_BYTES = 64 * 1024;
/** A sign-in is a name and a token. */
export const LARGEST_SIGN_IN_BYTES = 16 * 1024;
const DEEPEST = 16;
const MOST_KEYS = 1000;

/** The body as text. Throws GatehouseError `too_large` as soon as it is longer; no more of it is read. */
export async function readText(request: Request, largestBytes: number): Promise<string> {
  const tooLarge = () =>
    new GatehouseError("too_large", `The body is longer than ${largestBytes} bytes. Nothing was changed.`);
  if (Number(request.headers.get("content-length") ?? 0) > largestBytes) {
    throw tooLarge();
  }
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const part of request.body ?? []) {
    bytes += part.byteLength;
    if (bytes > largestBytes) {
      throw tooLarge();
    }
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}

/** Throws GatehouseError `invalid` where a value is nested deeper, or holds more, than anything that an action takes. */
export function checkShape(value: unknown): void {
  let keys = 0;
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) {
      throw new GatehouseError("invalid", `The body is nested deeper than ${DEEPEST} levels. Nothing was changed.`);
    }
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
    keys += level.length;
    if (level.some((one) => typeof one === "string" && one.includes("\0"))) {
      throw new GatehouseError("invalid", "The body holds a zero byte, which cannot be stored. Nothing was changed.");
    }
    if (keys > MOST_KEYS) {
      throw new GatehouseError("invalid", `The body holds more than ${MOST_KEYS} values. Nothing was changed.`);
    }
  }
}

/**
 * Checks the text of an action's arguments, as React's encodeReply writes them: a JSON list in which a string that begins
 * with `$` is a reference to something else. Our actions take plain values, so `$$` (an escaped `$`) and `$undefined` are
 * all that there can be; any other would be looked up, or waited for, by React before our own check.
 *
 * Throws GatehouseError `invalid`.
 */
export function checkActionText(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text, (_key, one: unknown) => {
      if (typeof one === "string" && one.startsWith("$") && !one.startsWith("$$") && one !== "$undefined") {
        throw new ReferenceError(one);
      }
      return one;
    });
  } catch (cause) {
    throw new GatehouseError("invalid", "The body cannot be read as an action's arguments. Nothing was changed.", {
      cause,
    });
  }
  if (!Array.isArray(value)) {
    throw new GatehouseError("invalid", "The body is no list of an action's arguments. Nothing was changed.");
  }
  checkShape(value);
}
