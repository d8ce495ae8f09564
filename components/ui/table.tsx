import Link from "next/link";
import type { ComponentPropsWithoutRef, ReactNode } from "react";
import { classNames } from "./class-names.ts";

/** A column's heading. Figures go right. `hidden` keeps it for screen readers and for the cards on phones. */
export type TableColumn = Readonly<{
  label: string;
  align?: "left" | "right" | undefined;
  hidden?: boolean | undefined;
  /** A CSS width, for columns that must not move when the data does. */
  width?: string | undefined;
}>;

type TableProps = Readonly<{
  /** Names the table for screen readers. */
  caption: string;
  columns: readonly TableColumn[];
  /** Of all rows, where only some of them are drawn; each then says its place by `aria-rowindex`, the heading's being 1. */
  rowCount?: number | undefined;
  /** `<tr>` rows of `Cell`. */
  children: ReactNode;
}>;

/** A table that becomes a stack of cards where its own box is narrow; it never scrolls sideways. */
export function Table({ caption, columns, rowCount, children }: TableProps): ReactNode {
  const headless = columns.every((column) => column.hidden);
  return (
    <div className={classNames("table-frame", headless && "table-headless")}>
      <table className="table" aria-rowcount={rowCount === undefined ? undefined : rowCount + 1}>
        <caption className="sr-only">{caption}</caption>
        <colgroup>
          {columns.map((column) => (
            <col key={column.label} style={column.width === undefined ? undefined : { width: column.width }} />
          ))}
        </colgroup>
        <thead className={headless ? "sr-only" : undefined}>
          <tr>
            {columns.map((column) => (
              <th key={column.label} scope="col" data-align={column.align}>
                {column.hidden ? <span className="sr-only">{column.label}</span> : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

type TableRowProps = Readonly<{
  /** Its panel is open. */
  isChosen: boolean;
  isBroken?: boolean | undefined;
  /** `Cell`s. */
  children: ReactNode;
}> &
  Omit<ComponentPropsWithoutRef<"tr">, "aria-current" | "className" | "children">;

/** A row that can be chosen, and stands out where what it shows is broken. */
export function TableRow({ isChosen, isBroken, children, ...rest }: TableRowProps): ReactNode {
  return (
    <tr
      {...rest}
      data-tone={isBroken ? "broken" : undefined}
      aria-current={isChosen || undefined}
      className={isChosen ? "bg-hover" : undefined}
    >
      {children}
    </tr>
  );
}

type CellProps = Readonly<{
  /** The column's heading, shown beside the value when the row is a card; "" for a value that speaks for itself. */
  label: string;
  align?: "left" | "right" | undefined;
  /** The cell that names its row. */
  header?: boolean | undefined;
  mono?: boolean | undefined;
  faint?: boolean | undefined;
  /** Says nothing new; a card leaves it out. */
  quiet?: boolean | undefined;
  children?: ReactNode;
}> &
  Omit<ComponentPropsWithoutRef<"td">, "align" | "children" | "className">;

/** One value of a row. */
export function Cell({ label, align, header, mono, faint, quiet, children, ...rest }: CellProps): ReactNode {
  const className = classNames(mono && "font-mono text-small", faint && "text-faint");
  if (header) {
    return (
      <th
        {...rest}
        scope="row"
        data-label={label}
        data-align={align}
        data-quiet={quiet || undefined}
        className={className}
      >
        {children}
      </th>
    );
  }
  return (
    <td {...rest} data-label={label} data-align={align} data-quiet={quiet || undefined} className={className}>
      {children}
    </td>
  );
}

type NameCellProps = Readonly<{
  name: string;
  /** The page with its panel open, where it has one. */
  href?: string | undefined;
  /** The small line below: what it is, and where. */
  detail?: ReactNode;
}>;

/** The cell that names its row. */
export function NameCell({ name, href, detail }: NameCellProps): ReactNode {
  return (
    <Cell label="" header>
      <span className="flex min-w-0 flex-col">
        {href === undefined ? (
          <span className="outside">{name}</span>
        ) : (
          <Link href={href} scroll={false} className="link w-fit outside">
            {name}
          </Link>
        )}
        {detail === undefined ? null : <span className="font-normal text-faint text-small outside">{detail}</span>}
      </span>
    </Cell>
  );
}
