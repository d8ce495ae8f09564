import type { ReactNode } from "react";
import { Notice } from "./notice.tsx";
import { SkeletonPanel } from "./skeleton.tsx";

type UnreadProps = Readonly<{
  error: Error | null;
  /** The room that is kept, as of a `SkeletonPanel`. */
  rows: number;
  tall?: boolean | undefined;
}>;

/** What stands where something is being read: its room, or why it could not be read. */
export function Unread({ error, rows, tall }: UnreadProps): ReactNode {
  return error === null ? <SkeletonPanel rows={rows} tall={tall} /> : <Notice tone="look">{error.message}</Notice>;
}

type AnswerProps<Value> = Readonly<{
  read: Readonly<{ data: Value | undefined; error: Error | null }>;
  rows: number;
  tall?: boolean | undefined;
  children: (data: Value) => ReactNode;
}>;

/** What a read has brought, under what is the matter with reading it anew. */
export function Answer<Value>({ read: { data, error }, rows, tall, children }: AnswerProps<Value>): ReactNode {
  if (data === undefined) {
    return <Unread error={error} rows={rows} tall={tall} />;
  }
  return (
    <>
      {error === null ? null : <Notice tone="look">{error.message}</Notice>}
      {children(data)}
    </>
  );
}
