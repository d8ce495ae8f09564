"use client";

import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useCallback } from "react";

/** One value that lives in the URL's query, so that it can be linked to: an open dialog, a filter. */
export function useUrlState(name: string): readonly [string | undefined, (value: string | undefined) => void] {
  const router = useRouter();
  const pathname = usePathname();
  const search = useSearchParams();
  const change = useCallback(
    (value: string | undefined) => {
      const next = new URLSearchParams(search);
      if (value === undefined) {
        next.delete(name);
      } else {
        next.set(name, value);
      }
      const query = next.toString();
      router.push(query === "" ? pathname : `${pathname}?${query}`, { scroll: false });
    },
    [name, pathname, router, search],
  );
  return [search.get(name) ?? undefined, change];
}
