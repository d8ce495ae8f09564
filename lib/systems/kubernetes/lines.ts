import "server-only";
import { ClusterError } from "./errors.ts";

const NEWLINE = 0x0a;
/** Far more than the API server lets an object be (etcd takes 1.5 MiB); an endless line must not fill the memory. */
const LONGEST_LINE_BYTES = 16 * 1024 * 1024;

/**
 * The lines of a stream of bytes, without the empty ones, each decoded on its own so that what is kept of one keeps no other
 * in memory. Throws ClusterError `garbled` for a line of more than 16 MiB and for one without its end, and what the stream throws.
 */
export async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line =
        begunBytes === 0 ? textOf(chunk, start, end) : textOf(Buffer.concat([...begun, chunk.subarray(0, end)]));
      begun = [];
      begunBytes = 0;
      start = end + 1;
      if (line !== "") {
        yield line;
      }
    }
    if (start < chunk.length) {
      begun.push(chunk.subarray(start));
      begunBytes += chunk.length - start;
    }
    if (begunBytes > LONGEST_LINE_BYTES) {
      throw new ClusterError("garbled", "the cluster sends a line without an end");
    }
  }
  if (begunBytes > 0) {
    throw new ClusterError("garbled", "the cluster stops in the middle of a line");
  }
}

function textOf(bytes: Buffer, start = 0, end = bytes.length): string {
  return bytes.toString("utf8", start, end);
}
