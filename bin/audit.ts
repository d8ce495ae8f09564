import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { userInfo } from "node:os";
import { parseArgs } from "node:util";
import type { PackScope } from "#lib/audit/store.ts";
import { WrongUse } from "./usage.mjs";

const usage = `usage: npx gatehouse audit export (--from TIME [--to TIME] | --request ID) --out FILE
       npx gatehouse audit verify FILE [--key FILE]…

  export   writes what is on record of a period or a request to one HTML file; TIME as in 2026-11-21 or 2026-11-21T09:00:00Z
  verify   checks such a file, without a database and without a network; --key names the public key that you were given,
           again for each earlier one

verify ends with 0 where all is whole, 1 where something is not as it was written, 2 where the file cannot be read as a pack.`;

const exitCodes = { whole: 0, broken: 1, unreadable: 2 } as const;

/** `gatehouse audit …`: answers the exit code. Throws WrongUse. */
export async function audit(commandArguments: readonly string[]): Promise<number> {
  const [command, ...rest] = commandArguments;
  if (command === "verify") {
    return verifyFile(rest);
  }
  if (command === "export") {
    return exportFile(rest);
  }
  throw new WrongUse(usage);
}

async function verifyFile(rest: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(() =>
    parseArgs({ args: [...rest], options: { key: { type: "string", multiple: true } }, allowPositionals: true }),
  );
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    throw new WrongUse(usage);
  }
  // No more than it needs: neither the database's client nor the estate.
  const { verifyPack } = await import("#lib/audit/pack-verify.ts");
  try {
    const keys = await Promise.all((values.key ?? []).map((path) => readFile(path, "utf8")));
    const verdict = await verifyPack(createReadStream(file, { highWaterMark: 2 ** 20 }), ...keys);
    if (verdict.state === "whole") {
      for (const fact of verdict.facts) {
        console.log(`✓ ${fact}`);
      }
      for (const remark of verdict.remarks) {
        console.log(`▲ ${remark}`);
      }
    } else {
      console.error(`✗ ${verdict.state === "broken" ? "broken" : "not readable"}: ${verdict.what}`);
    }
    return exitCodes[verdict.state];
  } catch (error) {
    if (error instanceof Error && "code" in error) {
      console.error(`✗ not readable: ${error.message}`);
      return exitCodes.unreadable;
    }
    throw error;
  }
}

async function exportFile(rest: readonly string[]): Promise<number> {
  const { values } = parsed(() =>
    parseArgs({
      args: [...rest],
      options: {
        from: { type: "string" },
        to: { type: "string" },
        request: { type: "string" },
        out: { type: "string" },
      },
    }),
  );
  if (values.out === undefined) {
    throw new WrongUse(usage);
  }
  const scope = scopeOf(values);
  const { exportTo } = await import("./audit-export.ts");
  const file = createWriteStream(values.out, { flags: "wx" });
  await once(file, "open");
  try {
    await exportTo(scope, userInfo().username, async (text) => {
      if (!file.write(text)) {
        await once(file, "drain");
      }
    });
    file.end();
    await once(file, "close");
  } catch (error) {
    file.destroy();
    await rm(values.out);
    throw error;
  }
  console.log(`✓ written      ${values.out}`);
  return 0;
}

function scopeOf(values: Readonly<{ from?: string; to?: string; request?: string }>): PackScope {
  if (values.request !== undefined && values.from === undefined && values.to === undefined) {
    return { kind: "request", requestId: values.request };
  }
  if (values.request !== undefined || values.from === undefined) {
    throw new WrongUse(usage);
  }
  const [from, to] = [timeOf("--from", values.from), values.to === undefined ? new Date() : timeOf("--to", values.to)];
  if (from >= to) {
    throw new WrongUse("--from is not before --to, so there is nothing to export.");
  }
  return { kind: "period", from, to };
}

function timeOf(option: string, text: string): Date {
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const time = new Date(text);
  if (!isTime || Number.isNaN(time.getTime())) {
    throw new WrongUse(
      `${option} is "${text}"; expected a time such as 2026-11-21 or 2026-11-21T09:00:00Z (RFC 3339).`,
    );
  }
  return time;
}

/** What node says of a wrong option is said with how it is used. */
function parsed<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    throw new WrongUse(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}
