"use client";

import { useEffect, useEffectEvent, useState } from "react";
import { ReadError } from "./read-json.ts";

type Read<Value> = Readonly<{
  /** What was read last, also while it is read anew or for another key. */
  data: Value | undefined;
  /** Whether `data` is of another key, or was not read anew yet. */
  isOutdated: boolean;
  error: Error | null;
  /** Whether there is nothing to show yet and something is to come. */
  isPending: boolean;
  refetch: () => void;
}>;
/** `name` and `asked` say to which question. */
type Answer<Value> = Readonly<{ name: string; asked: number; data: Value | undefined; error: Error | null }>;

/** What the console could not answer is asked once more, after this time. */
const AGAIN_MS = 1000;

/** Reads now, and again whenever the key is another one; an answer that comes too late is not taken. Reads nothing while not wanted. */
export function useRead<Value>(
  key: readonly unknown[],
  read: (signal: AbortSignal) => Promise<Value>,
  isWanted = true,
): Read<Value> {
  const name = JSON.stringify(key);
  const [answer, setAnswer] = useState<Answer<Value>>({ name, asked: 0, data: undefined, error: null });
  const [asked, setAsked] = useState(0);
  const readNow = useEffectEvent((signal: AbortSignal) => read(signal));
  useEffect(() => {
    if (!isWanted) {
      return;
    }
    const leaving = new AbortController();
    twice(() => readNow(leaving.signal), leaving.signal).then(
      (data) => {
        if (!leaving.signal.aborted) {
          setAnswer({ name, asked, data, error: null });
        }
      },
      (error: Error) => {
        if (!leaving.signal.aborted) {
          setAnswer((before) => ({ name, asked, data: before.data, error }));
        }
      },
    );
    return () => leaving.abort();
  }, [name, isWanted, asked]);
  const isAnswered = answer.name === name && answer.asked === asked;
  const error = isAnswered ? answer.error : null;
  return {
    data: answer.data,
    isOutdated: answer.data !== undefined && (!isAnswered || error !== null),
    error,
    isPending: isWanted && answer.data === undefined && error === null,
    refetch: () => setAsked(asked + 1),
  };
}

async function twice<Value>(read: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
  try {
    return await read();
  } catch (failure) {
    if (signal.aborted || !(failure instanceof ReadError) || failure.code !== "unavailable") {
      throw failure;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, AGAIN_MS);
    });
    return read();
  }
}
