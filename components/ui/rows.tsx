import type { ReactNode } from "react";

type RowsProps = Readonly<{ label: string; children: ReactNode }>;

/** A list of things between hairlines; `label` names it for those who do not see the panel around it. */
export function Rows({ label, children }: RowsProps): ReactNode {
  return (
    <ul aria-label={label} className="divide-y divide-line">
      {children}
    </ul>
  );
}

type RowProps = Readonly<{
  /** A status or a tag: what sort of thing this is. */
  mark?: ReactNode;
  title: ReactNode;
  /** The second, quieter line. */
  detail?: ReactNode;
  /** Right-aligned figures, each with its unit. */
  figure?: ReactNode;
  /** How long it has been so. */
  age?: ReactNode;
  /** The next step. */
  action?: ReactNode;
}>;

/** One thing that waits or holds: what it is, how much, since when, and the next step at its end. */
export function Row({ mark, title, detail, figure, age, action }: RowProps): ReactNode {
  const hasMark = mark !== undefined && mark !== null;
  return (
    <li className="flex items-center gap-x-3.5 gap-y-2 px-3.5 py-2 max-phone:flex-wrap">
      {hasMark ? <div className="w-22 flex-none max-phone:w-auto">{mark}</div> : null}
      <div className="min-w-0 flex-1 max-phone:basis-full">
        <div className="outside font-semibold">{title}</div>
        {detail === undefined || detail === null ? null : <div className="outside text-dim">{detail}</div>}
      </div>
      {figure === undefined || figure === null ? null : <div className="flex-none text-right">{figure}</div>}
      {age === undefined || age === null ? null : (
        <div className="min-w-20 flex-none text-right text-faint max-phone:min-w-0">{age}</div>
      )}
      {action === undefined || action === null ? null : (
        <div className="flex min-w-28 flex-none max-phone:min-w-0 justify-end max-phone:ml-auto">{action}</div>
      )}
    </li>
  );
}

type FactProps = Readonly<{ mark?: ReactNode; name: ReactNode; children: ReactNode; detail?: ReactNode }>;

/** A name and its value on one line, as in a check list: a status before it, the evidence at the end. */
export function Fact({ mark, name, children, detail }: FactProps): ReactNode {
  return (
    <li className="flex items-start gap-2.5 px-3.5 py-2">
      {mark === undefined || mark === null ? null : <span className="flex h-5 flex-none items-center">{mark}</span>}
      <span className="min-w-0 flex-1">
        <span className="outside">{name}</span>
        {detail === undefined || detail === null ? null : <span className="block text-dim">{detail}</span>}
      </span>
      <span className="max-w-[60%] outside text-right text-dim [&_button]:-my-1">{children}</span>
    </li>
  );
}
