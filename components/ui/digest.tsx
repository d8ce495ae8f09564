"use client";

import { Check, Copy } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { shortenDigest } from "./digest-words.ts";

const copiedShownMs = 1500;

type DigestProps = Readonly<{
  /** The whole value; it is shown shortened, given whole in the title and to the clipboard. */
  value: string;
  /** What it is, for the copy button: "digest", "revision", "image". */
  what?: string | undefined;
}>;

/** A digest or revision in mono, with a button that copies all of it. */
export function Digest({ value, what = "digest" }: DigestProps): ReactNode {
  const [outcome, setOutcome] = useState<"none" | "copied" | "refused">("none");

  useEffect(() => {
    if (outcome === "none") {
      return;
    }
    const timer = setTimeout(() => setOutcome("none"), copiedShownMs);
    return () => clearTimeout(timer);
  }, [outcome]);

  function copy(): void {
    // The clipboard is missing on plain http and may be refused by the person's settings.
    if (navigator.clipboard === undefined) {
      setOutcome("refused");
      return;
    }
    navigator.clipboard.writeText(value).then(
      () => setOutcome("copied"),
      () => setOutcome("refused"),
    );
  }

  const Icon = outcome === "copied" ? Check : Copy;
  return (
    <span className="inline-flex items-baseline gap-0.5 whitespace-nowrap font-mono text-small">
      <span title={value}>{shortenDigest(value)}</span>
      <button
        type="button"
        onClick={copy}
        aria-label={`Copy the whole ${what}`}
        title={outcome === "refused" ? "The browser did not allow it. Select the text instead." : "Copy"}
        className="inline-flex size-6 flex-none translate-y-1 items-center justify-center self-center rounded-tag text-faint -mt-2 hover:bg-hover hover:text-text"
      >
        <Icon
          aria-hidden="true"
          size={12}
          strokeWidth={1.75}
          className={outcome === "copied" ? "text-ok" : undefined}
        />
      </button>
      <span role="status" className="sr-only">
        {outcome === "copied" ? "Copied." : outcome === "refused" ? "The browser did not allow copying." : ""}
      </span>
    </span>
  );
}
