import { expect, it } from "vitest";
import { gitErrorFromOutput } from "./errors.ts";

/** What git 2.39 prints; addresses and names are made up. */
it.each([
  ["moved", "!\trefs/heads/x:refs/heads/main\t[rejected] (non-fast-forward)\nDone\n"],
  ["moved", "!\trefs/heads/x:refs/heads/main\t[rejected] (fetch first)\n"],
  ["moved", " ! [remote rejected] main -> main (cannot lock ref 'refs/heads/main': is at 1 but expected 2)"],
  ["denied", " ! [remote rejected] main -> main (pre-receive hook declined)"],
  ["denied", " ! [remote rejected] main -> main (protected branch hook declined)"],
  ["denied", "fatal: Authentication failed for 'https://git.example/gravv.git/'"],
  ["denied", "git@git.example: Permission denied (publickey).\nfatal: Could not read from remote repository."],
  ["denied", "fatal: could not read Username for 'https://git.example': terminal prompts disabled"],
  ["denied", "fatal: unable to access 'https://git.example/gravv.git/': The requested URL returned error: 403"],
  ["not_found", "fatal: bad object 4014034033333333333333333333333333333333"],
  ["not_found", "fatal: Not a valid commit name 4034034033333333333333333333333333333333"],
  ["not_found", "fatal: not a tree object"],
  ["not_found", "fatal: Invalid revision range 4013..403"],
  ["unreachable", "fatal: '/srv/gravv.git' does not appear to be a git repository"],
  ["unreachable", "ssh: Could not resolve hostname git.example: Name or service not known"],
  ["unreachable", "fatal: unable to access 'https://git.example/': Failed to connect to git.example port 443"],
  ["unreachable", "fatal: unable to access 'https://git.example/': The requested URL returned error: 502"],
  ["unreachable", "ssh: connect to host git.example port 22: Connection timed out"],
  ["unreachable", "remote: Repository not found.\nfatal: repository 'https://git.example/' not found"],
  ["unexpected", "fatal: something new"],
  ["unexpected", ""],
])("%s: %s", (code, output) => {
  const error = gitErrorFromOutput(output);
  expect(error.code).toBe(code);
  expect(error.message).not.toMatch(/git\.example|gravv|refs\/heads/);
});
