"use client";

import { useState } from "react";
import { readOwn } from "./read-json.ts";
import { usePaced } from "./use-paced.ts";
import { useRead } from "./use-read.ts";

/** What can be told from another of its kind, so that nobody acts on what they have not looked at. */
type Digested = Readonly<{ digest: string }>;

type Preview<Body> = Readonly<{
  /** What is looked at. Another one takes its place only when that is asked for. */
  body: Body | undefined;
  /** Whether what would happen is something else by now. */
  hasMoved: boolean;
  error: Error | null;
  isPending: boolean;
  /** Reads it anew and shows whatever comes. */
  lookAgain: () => void;
}>;

/** Reads a preview while its dialog is open, and again whenever `moves` is another: what it is worked out from has moved. */
export function usePreview<Body extends Digested>(key: readonly string[], url: string, moves: string): Preview<Body> {
  const paced = usePaced(moves);
  const { data, isOutdated, error, isPending, refetch } = useRead([...key, paced], (signal) =>
    readOwn<Body>(url, signal),
  );
  const [body, setBody] = useState<Body>();
  const [isAwaited, setAwaited] = useState(true);
  const latest = isOutdated ? undefined : data;
  if (latest !== undefined && latest !== body && (isAwaited || latest.digest === body?.digest)) {
    setBody(latest);
    setAwaited(false);
  }
  return {
    body,
    hasMoved: latest !== undefined && latest.digest !== body?.digest,
    error,
    isPending,
    lookAgain: () => {
      setAwaited(true);
      refetch();
    },
  };
}
