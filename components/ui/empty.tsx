import type { ReactNode } from "react";

type EmptyProps = Readonly<{
  /** What is not there, as a statement: "Nothing waits for a human." */
  title: string;
  /** What makes it appear, or what to do next. */
  children?: ReactNode;
  action?: ReactNode;
}>;

/** The place of a list that has nothing in it. Use `Notice` or `Unknown` where it is merely not known. */
export function Empty({ title, children, action }: EmptyProps): ReactNode {
  return (
    <div className="flex flex-col items-start gap-1 px-3.5 py-5">
      <p className="font-medium">{title}</p>
      {children === undefined || children === null ? null : <div className="max-w-[72ch] text-dim">{children}</div>}
      {action === undefined || action === null ? null : <div className="mt-2">{action}</div>}
    </div>
  );
}

type NoneFitsProps = Readonly<{
  /** What is listed, one of it. */
  noun: string;
  /** What shows all of it again. */
  action: ReactNode;
}>;

/** The place of a list of which nothing fits its filters. */
export function NoneFits({ noun, action }: NoneFitsProps): ReactNode {
  return (
    <Empty title={`No ${noun} fits`} action={action}>
      {`No ${noun} fits everything that is asked for.`}
    </Empty>
  );
}
