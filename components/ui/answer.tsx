import type { ReactNode } from "react";
import { Notice } from "./notice.tsx";
import { SkeletonPanel } from "./skeleton.tsx";

type AnswerProps<Value> = Readonly<{
  read: Readonly<{ data: Value | undefined; error: Error | null }>;
  /** The room that is kept until it is there, as of a `SkeletonPanel`. */
  rows: number;
  tall?: boolean | undefined;
  children: (data: Value) => ReactNode;
}>;

/** What a read has brought, under what is the matter with it; until then its room. */
export function Answer<Value>({ read: { data, error }, rows, tall, children }: AnswerProps<Value>): ReactNode {
  if (error === null && data === undefined) {
    return <SkeletonPanel rows={rows} tall={tall} />;
  }
  return (
    <>
      {error === null ? null : <Notice tone="look">{error.message}</Notice>}
      {data === undefined ? null : children(data)}
    </>
  );
}
