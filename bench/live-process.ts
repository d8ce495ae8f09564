import { readFile, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** Of the kernel: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, in hundredths of a second on Linux. */
const ticksPerSecond = 100;
const busiest = 2;
const quietWithinMs = 300_000;
const lookEveryMs = 1_000;

/** Bytes that a process has resident now, and at most since `forgetPeak`. */
export async function memoryOf(pid: number): Promise<{ resident: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const bytes = (name: string) => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
  return { resident: bytes("VmRSS"), peak: bytes("VmHWM") };
}

/** From here on the peak is the highest since now. https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html */
export function forgetPeak(pid: number): Promise<void> {
  return writeFile(`/proc/${pid}/clear_refs`, "5");
}

/** Bytes that a process has read since its start, from files and connections alike. https://man7.org/linux/man-pages/man5/proc_pid_io.5.html */
export async function bytesReadBy(pid: number): Promise<number> {
  return Number(/^rchar: (\d+)$/m.exec(await readFile(`/proc/${pid}/io`, "utf8"))?.[1]);
}

/** Seconds of processor time that a process has taken since its start. */
export async function processorSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The name in parentheses may hold anything; utime and stime are the 12th and 13th after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/**
 * Waits until what was just started has come to rest. Throws where others are at work on this machine, for then figures say nothing
 * of Gatehouse. BENCH_BUSY=1 lets it be.
 */
export async function untilQuiet(): Promise<void> {
  const giveUpAt = performance.now() + quietWithinMs;
  for (;;) {
    const load = loadavg()[0] ?? 0;
    if (load < busiest || process.env.BENCH_BUSY === "1") {
      console.log(`load average ${load.toFixed(2)}`);
      return;
    }
    if (performance.now() > giveUpAt) {
      throw new Error(
        `The load average is ${load.toFixed(2)}, so what would be measured is this machine. Wait until it is below ${busiest}, or set BENCH_BUSY=1 to try the benchmark itself.`,
      );
    }
    await sleep(lookEveryMs);
  }
}
