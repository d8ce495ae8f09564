const prefix = "draft:";

function storage(): Storage | undefined {
  try {
    return window.sessionStorage;
  } catch {
    // Browsers that block site data throw on the mere access; a draft then lives as long as its page.
    return undefined;
  }
}

/** The words someone left under `key` in this tab, or undefined. */
export function readDraft(key: string): string | undefined {
  return storage()?.getItem(prefix + key) ?? undefined;
}

/** Keeps the words under `key` for this tab. */
export function keepDraft(key: string, words: string): void {
  storage()?.setItem(prefix + key, words);
}

/** To be called when the words have been sent. */
export function forgetDraft(key: string): void {
  storage()?.removeItem(prefix + key);
}
