// The way into every command. Plain JavaScript without any package: on a bare clone it runs before they are installed.
import { launchDemo } from "./demo-launch.mjs";
import { launch } from "./launch.mjs";
import { root } from "./processes.mjs";

const commands = ["demo", "test", "dev", "build", "start", "check", "bench"];
const wrongUse = 2;

/** How often to look whether npm is still there: killed by force, it passes nothing on. */
const lookForNpmEveryMs = 500;

/** Ends this process in order, as a signal would, when the npm that started it is gone. */
function endWithNpm() {
  const npm = process.ppid;
  setInterval(() => {
    if (process.ppid !== npm) {
      process.kill(process.pid, "SIGTERM");
    }
  }, lookForNpmEveryMs).unref();
}

if (process.env.npm_lifecycle_event !== undefined) {
  endWithNpm();
}
const [command = "", ...commandArguments] = process.argv.slice(2);
if (!commands.includes(command)) {
  console.error(`usage: node bin/bootstrap.mjs ${commands.join("|")} [arguments]`);
  process.exitCode = wrongUse;
} else if (command === "demo") {
  process.exitCode = await launchDemo(commandArguments);
} else {
  process.exitCode = await launch(command, commandArguments, { directory: root, withDevelopment: command !== "start" });
}
