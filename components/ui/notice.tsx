import { Info } from "lucide-react";
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { StatusMark } from "./status.tsx";

type NoticeProps = Readonly<{
  tone: "info" | "look" | "broken" | "unknown";
  /** What happened, what was not done, what to do. */
  children: ReactNode;
  action?: ReactNode;
  /** From edge to edge, under the bar, for what concerns the whole house. */
  banner?: boolean | undefined;
}>;

const frames = {
  info: "border-line bg-surface",
  look: "border-warn/35 bg-warn-ground",
  broken: "border-crit/35 bg-crit-ground",
  unknown: "border-line-strong border-dashed bg-surface",
} as const;

/** One line that says what is the matter, with the next step at its end. */
export function Notice({ tone, children, action, banner }: NoticeProps): ReactNode {
  return (
    <div
      role={tone === "broken" ? "alert" : "status"}
      className={classNames(
        "flex flex-wrap items-center gap-x-4 gap-y-2",
        banner ? "border-b px-6 py-2 max-fold:px-4" : "rounded-panel border px-3.5 py-2.5",
        frames[tone],
      )}
    >
      <div className="flex min-w-0 flex-1 basis-64 gap-2.5">
        <span className="flex h-5 flex-none items-center">
          {tone === "info" ? (
            <Info aria-hidden="true" size={14} className="text-accent" />
          ) : (
            <StatusMark tone={tone} size={11} />
          )}
        </span>
        <div className="min-w-0">{children}</div>
      </div>
      {action}
    </div>
  );
}

/** What cannot be said, each sentence in a notice of its own. */
export function UnknownNotices({ sentences }: Readonly<{ sentences: readonly string[] }>): ReactNode {
  return sentences.map((sentence) => (
    <Notice key={sentence} tone="unknown">
      {sentence}
    </Notice>
  ));
}
