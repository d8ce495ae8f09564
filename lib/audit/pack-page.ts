import "server-only";
import { hash } from "node:crypto";
import { PACK_SCRIPT, PACK_STYLE } from "./pack-look.ts";

/** The first two lines of every pack, by which one is known. */
export const PACK_MARK =
  "<!doctype html>\n<!-- A pack of Gatehouse's record, version 1. npx gatehouse audit verify checks it. -->\n";

const sourceOf = (text: string) => `'sha256-${hash("sha256", text, "base64")}'`;
const POLICY = `default-src 'none'; script-src ${sourceOf(PACK_SCRIPT)}; style-src ${sourceOf(PACK_STYLE)}`;

/**
 * What stands before a pack's data, the same in every pack, so that what people see comes from what is verified. The page may
 * load nothing and run nothing but its own script (Content Security Policy Level 3), and that puts the data into text alone.
 */
export const PACK_HEAD = `${PACK_MARK}<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Gatehouse: what is on record</title>
<style>${PACK_STYLE}</style>
</head>
<body>
<main id="page"><noscript>This page needs its script to show the data that stands in its source.</noscript></main>
<script type="application/x-ndjson" id="data">
`;

/** What stands after it. */
export const PACK_FOOT = `</script>
<script>${PACK_SCRIPT}</script>
</body>
</html>
`;

/** One line of data. No `<` is left in it, so that nothing in it can end the element that it stands in (HTML, 4.12.1.3). */
export function packLine(line: unknown): string {
  return `${JSON.stringify(line).replaceAll("<", "\\u003c")}\n`;
}
