import type { ReactNode } from "react";
import { elideDigests } from "./elide-digests.ts";

/** A text in which the middles of digests are out of sight, yet found, copied, read aloud and in the title. */
export function Elided({ text }: Readonly<{ text: string }>): ReactNode {
  const stretches = elideDigests(text);
  return (
    <span title={stretches.length > 1 ? text.trim() : undefined} className="outside">
      {stretches.map((stretch) =>
        stretch.hidden ? (
          <span key={stretch.at} className="elided">
            {stretch.text}
          </span>
        ) : (
          stretch.text
        ),
      )}
    </span>
  );
}
