"use client";

import { useState } from "react";
import { useStepUp } from "#components/access/step-up.tsx";
import type { Refusal, Result } from "#lib/platform/result.ts";

/** An action that was refused, with what the server said. */
export class ActionError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = "ActionError";
    this.refusal = refusal;
  }
}

export type ServerAction<Input, Value> = (input: Input) => Promise<Result<Value>>;

/** How often, and how long after each other, a call is sent again that is still under way. */
const ANSWER_TRIES = 20;
const ANSWER_AFTER_MS = 500;

type ActionState = Readonly<{ isPending: boolean; error: Error | null }>;
const NOT_ASKED: ActionState = { isPending: false, error: null };

const NO_ANSWER =
  "The console did not answer, so it is not known whether this was done. Look at the requests before you try again; the same dialog never does it twice.";

/**
 * Calls a server action; a refusal and a missing answer both end in `error`, in words. Where the action asks for a fresh
 * sign-in for a digest, that is made first and the action is sent once more. `digestOf` says beforehand for which digest the
 * action will ask for one, if it will: where that takes no leaving of the page, it is made at once and nothing is refused.
 */
export function useAction<Input, Value>(
  action: ServerAction<Input, Value>,
  onDone: (value: Value) => void,
  digestOf: (input: Input) => string | undefined = () => undefined,
) {
  const stepUp = useStepUp();
  const [state, setState] = useState<ActionState>(NOT_ASKED);
  // With the same idempotency key it is done once, so a call that is still under way is simply asked after.
  const send = async (input: Input, triesLeft = ANSWER_TRIES): Promise<Result<Value>> => {
    const result = await action(input).catch(() => {
      throw new Error(NO_ANSWER);
    });
    if (result.ok || result.code !== "in_progress" || triesLeft === 0) {
      return result;
    }
    await new Promise((resolve) => setTimeout(resolve, ANSWER_AFTER_MS));
    return send(input, triesLeft - 1);
  };
  async function act(input: Input): Promise<Value> {
    const digest = digestOf(input);
    if (digest !== undefined && stepUp.isSilent) {
      await stepUp.make(digest);
    }
    let result = await send(input);
    if (!result.ok && result.code === "step_up" && result.fields?.digest !== undefined) {
      await stepUp.make(result.fields.digest);
      result = await send(input);
    }
    if (!result.ok) {
      throw new ActionError(result);
    }
    return result.value;
  }

  function mutate(input: Input, told: { onError?: (error: Error) => void } = {}): void {
    setState({ isPending: true, error: null });
    act(input).then(
      (value) => {
        setState(NOT_ASKED);
        onDone(value);
      },
      (error: Error) => {
        setState({ isPending: false, error });
        told.onError?.(error);
      },
    );
  }

  return { ...state, mutate };
}
