import Link from "next/link";
import { type ComponentPropsWithoutRef, type ReactNode, useId } from "react";
import { classNames } from "./class-names.ts";

type ButtonLook = Readonly<{
  /** `primary` is the one filled button of a view; `danger` is for what cannot be undone. */
  variant?: "primary" | "plain" | "danger" | "danger-outline" | "quiet" | undefined;
  small?: boolean | undefined;
  /** On phones it shares the row with its neighbours, or has it alone. */
  wide?: boolean | undefined;
}>;

type ButtonProps = ButtonLook &
  Readonly<{
    /** What is missing and who can give it; when set the button stays focusable, does nothing and says this. */
    blockedBecause?: string | undefined;
    /** Why whoever looks may do it, for a pointer that rests on it and for a screen reader. */
    allowedBecause?: string | undefined;
    /** The action was started and has not answered yet. */
    busy?: boolean | undefined;
    children: ReactNode;
  }> &
  Omit<ComponentPropsWithoutRef<"button">, "disabled" | "className" | "children">;

const base =
  "inline-flex select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-control border font-medium transition-colors";

const looks = {
  primary: "border-transparent bg-accent text-accent-ink hover:bg-accent/88",
  plain: "border-line-strong bg-raised text-text hover:bg-hover",
  danger: "border-transparent bg-crit text-crit-ink hover:bg-crit/88",
  "danger-outline": "border-crit/60 bg-transparent text-crit hover:bg-crit-soft",
  quiet: "border-transparent bg-transparent text-dim hover:bg-hover hover:text-text",
} as const;

// A blocked button keeps its place and readable words; only the fill goes, so that nobody takes it for the next step.
const blockedLook = "border-line bg-hover text-faint";

function look({ variant = "plain", small, wide }: ButtonLook, blocked: boolean): string {
  return classNames(
    base,
    small ? "h-7 px-2.5 text-body max-phone:h-9" : "h-8 px-3 text-body max-phone:h-11 max-phone:text-lead",
    wide && "max-phone:flex-1",
    blocked ? classNames(blockedLook, wide && "w-full") : looks[variant],
  );
}

/** A verb that acts. Without `type` it does not submit a form. */
export function Button({
  variant,
  small,
  wide,
  blockedBecause,
  allowedBecause,
  busy,
  children,
  ...rest
}: ButtonProps): ReactNode {
  const reasonId = useId();
  if (blockedBecause !== undefined) {
    const { onClick: _onClick, formAction: _formAction, type: _type, ...harmless } = rest;
    return (
      <span className={classNames("group/blocked relative inline-flex", wide && "max-phone:flex-1")}>
        <button
          {...harmless}
          type="button"
          aria-disabled="true"
          aria-describedby={reasonId}
          title={blockedBecause}
          className={look({ variant, small, wide }, true)}
        >
          {children}
        </button>
        <span
          id={reasonId}
          className="absolute right-0 bottom-full z-40 mb-2 hidden w-max max-w-72 max-phone:fixed max-phone:inset-x-4 max-phone:bottom-24 max-phone:mb-0 max-phone:w-auto max-phone:max-w-none rounded-control border border-line-strong bg-raised px-2.5 py-1.5 text-left text-dim text-small group-focus-within/blocked:block"
        >
          {blockedBecause}
        </span>
      </span>
    );
  }
  return (
    <button
      type="button"
      title={allowedBecause}
      aria-description={allowedBecause}
      {...rest}
      {...(busy ? { "aria-busy": true, "aria-disabled": true, type: "button" as const, onClick: undefined } : {})}
      className={classNames(look({ variant, small, wide }, false), busy && "cursor-progress")}
    >
      {children}
    </button>
  );
}

type DownloadLinkProps = ButtonLook & Readonly<{ href: string; children: ReactNode }>;

/** A button's look for a file to be kept. It is no `Link`, which would fetch the file ahead of a click. */
export function DownloadLink({ variant, small, wide, href, children }: DownloadLinkProps): ReactNode {
  return (
    <a href={href} download className={look({ variant, small, wide }, false)}>
      {children}
    </a>
  );
}

type ButtonLinkProps = ButtonLook &
  Readonly<{ href: string; children: ReactNode }> &
  Omit<ComponentPropsWithoutRef<typeof Link>, "href" | "className" | "children">;

/** A button's look for what is only a way to another page. */
export function ButtonLink({ variant, small, wide, href, children, ...rest }: ButtonLinkProps): ReactNode {
  return (
    <Link {...rest} href={href} className={look({ variant, small, wide }, false)}>
      {children}
    </Link>
  );
}
