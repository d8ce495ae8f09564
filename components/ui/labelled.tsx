import { type ReactNode, useId } from "react";

/** A control of a search bar with its label before it, tied together by the id it is given. */
export function Labelled({
  label,
  children,
}: Readonly<{ label: string; children: (id: string) => ReactNode }>): ReactNode {
  const id = useId();
  return (
    <span className="inline-flex items-center gap-2 max-phone:flex">
      <label htmlFor={id} className="text-dim max-phone:w-14 max-phone:flex-none">
        {label}
      </label>
      {children(id)}
    </span>
  );
}
