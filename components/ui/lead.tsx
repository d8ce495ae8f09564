import type { ReactNode } from "react";

type LeadProps = Readonly<{
  title: ReactNode;
  /** One quiet line under the title: where, by whom, since when. */
  meta?: ReactNode;
  /** At the right of the title: the one filled button and what stands beside it. */
  actions?: ReactNode;
  /** What a tired operator needs to know, in words with the numbers in them. Mark what matters with `<strong>`. */
  children?: ReactNode;
}>;

/** A page's first words. */
export function Lead({ title, meta, actions, children }: LeadProps): ReactNode {
  return (
    <header className="mb-5.5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 max-w-[86ch] flex-1 basis-96 text-lead max-phone:basis-full">
        <h1 className="font-semibold text-title tracking-[-0.01em]">{title}</h1>
        {meta === undefined || meta === null ? null : (
          <div className="mt-1 text-body text-dim leading-[22px] [&>*+*]:ml-2">{meta}</div>
        )}
        {children === undefined || children === null ? null : (
          <div className="mt-2 text-pretty outside text-dim [&_em]:text-warn [&_em]:not-italic [&_strong]:text-text">
            {children}
          </div>
        )}
      </div>
      {actions === undefined || actions === null ? null : (
        <div className="flex flex-none flex-wrap items-center gap-2 max-phone:w-full">{actions}</div>
      )}
    </header>
  );
}
