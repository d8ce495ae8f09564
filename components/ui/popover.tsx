"use client";

import { type FocusEvent, type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { classNames } from "./class-names.ts";

type PopoverProps = Readonly<{
  /** What the button shows; with `label` if that does not say enough by itself. */
  button: ReactNode;
  label?: string | undefined;
  buttonClassName: string;
  /** Where it opens from the button. */
  place: "below-right" | "above-left";
  /** Names the opened area. */
  title: string;
  children: ReactNode | ((close: () => void) => ReactNode);
}>;

const places = {
  "below-right": "top-full right-0 mt-1.5",
  "above-left": "bottom-full left-0 mb-1.5",
} as const;

/** A button that opens a small area beside it. Esc, a click elsewhere or leaving it by Tab closes it. */
export function Popover({ button, label, buttonClassName, place, title, children }: PopoverProps): ReactNode {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const areaId = useId();

  useEffect(() => {
    if (!open) {
      return;
    }
    function closeFromOutside(event: PointerEvent): void {
      if (event.target instanceof Node && frame.current?.contains(event.target) === false) {
        setOpen(false);
      }
    }
    document.addEventListener("pointerdown", closeFromOutside);
    return () => document.removeEventListener("pointerdown", closeFromOutside);
  }, [open]);

  function close(): void {
    setOpen(false);
    trigger.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Escape" && open) {
      // Otherwise the drawer or dialog around it would close as well.
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  }

  function onBlur(event: FocusEvent<HTMLDivElement>): void {
    if (event.relatedTarget !== null && !event.currentTarget.contains(event.relatedTarget)) {
      setOpen(false);
    }
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only listens to what bubbles from the button and the area.
    <div ref={frame} onKeyDown={onKeyDown} onBlur={onBlur} className="relative">
      <button
        ref={trigger}
        type="button"
        aria-label={label}
        aria-expanded={open}
        aria-controls={open ? areaId : undefined}
        onClick={() => setOpen(!open)}
        className={buttonClassName}
      >
        {button}
      </button>
      {open ? (
        <section
          id={areaId}
          aria-label={title}
          className={classNames(
            "absolute z-40 max-h-[min(480px,70dvh)] w-80 max-w-[calc(100vw-32px)] overflow-y-auto rounded-panel border border-line-strong bg-surface text-left",
            places[place],
          )}
        >
          {typeof children === "function" ? children(close) : children}
        </section>
      ) : null}
    </div>
  );
}
