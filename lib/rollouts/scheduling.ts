import type { StuckReason } from "./model.ts";
import { cut } from "./refusals.ts";

/** What the scheduler says of nodes that it leaves out, and what that is in plain words. Source: k8s.io/kubernetes/pkg/scheduler/framework/plugins. */
const LEFT_OUT: readonly Readonly<{ said: RegExp; words: (match: RegExpExecArray) => string }>[] = [
  { said: /^Insufficient cpu$/, words: () => "too little CPU free" },
  { said: /^Insufficient memory$/, words: () => "too little memory free" },
  { said: /^Insufficient (.+)$/, words: ([, resource]) => `too little ${resource} free` },
  { said: /^Too many pods$/, words: () => "no room for one more pod" },
  { said: /^node\(s\) had untolerated taint(?:\(s\))?(?: \{([^:}]+):? ?.*\})?$/, words: ([, key]) => taintWords(key) },
  { said: /^node\(s\) were unschedulable$/, words: () => "cordoned" },
  {
    said: /^node\(s\) didn't match Pod's node affinity\/selector$/i,
    words: () => "not what its node selector or affinity asks for",
  },
  {
    said: /^node\(s\) didn't match pod anti-affinity rules$/i,
    words: () => "a pod already there that it must stand apart from",
  },
  {
    said: /^node\(s\) didn't satisfy existing pods anti-affinity rules$/i,
    words: () => "a pod already there that wants to stand apart from it",
  },
  { said: /^node\(s\) didn't match pod affinity rules$/i, words: () => "no pod there that it must stand beside" },
  {
    said: /^node\(s\) didn't match pod topology spread constraints.*$/i,
    words: () => "its spread over zones or nodes would be broken",
  },
  { said: /^node\(s\) had volume node affinity conflict$/, words: () => "its volume is not reachable there" },
  { said: /^node\(s\) didn't find available persistent volumes to bind$/, words: () => "no volume for its claim" },
  { said: /^node\(s\) exceed max volume count$/, words: () => "no room for one more volume" },
  { said: /^node\(s\) didn't have free ports for the requested pod ports$/, words: () => "its host port is taken" },
];

const UNBOUND = /unbound immediate PersistentVolumeClaims|persistentvolumeclaim "([^"]+)" not found/i;

/** Whether it is a volume that the scheduler misses, and not room or a node of the right kind. */
export function isAboutVolumes(said: string): boolean {
  return /PersistentVolumeClaim|persistent volumes? to bind|binding volumes/i.test(said);
}

function taintWords(key: string | undefined): string {
  return key === undefined ? "a taint that it does not tolerate" : `a taint that it does not tolerate (${key})`;
}

/** Why no node takes a pod, from the scheduler's own words: a claim without a volume, or what is in the way on how many nodes. */
export function unschedulableReason(pod: string, said: string): StuckReason {
  const unbound = UNBOUND.exec(said);
  if (unbound !== null) {
    const claim =
      unbound[1] === undefined ? "its claim is not bound to a volume yet" : `claim ${unbound[1]} does not exist`;
    return { code: "volume", message: `${pod} does not get its volume: ${claim}` };
  }
  const counted = /^0\/(\d+) nodes are available: (.+)$/s.exec(said);
  if (counted === null) {
    const isWithoutNodes = /^no nodes available/.test(said);
    return {
      code: "unschedulable",
      message: isWithoutNodes ? `no node takes ${pod}: the cluster has none` : `no node takes ${pod}: ${cut(said)}`,
    };
  }
  const [, nodes = "", rest = ""] = counted;
  return {
    code: "unschedulable",
    message: `${nodes === "1" ? "the only node does not take" : `none of ${nodes} nodes takes`} ${pod}: ${obstacles(rest)}`,
  };
}

function obstacles(rest: string): string {
  const own = rest.split(/\. ?(?:preemption: |no new claims)|\.$/, 1)[0] ?? rest;
  const said = own.split(/, (?=\d)/).map((part) => obstacle(part.trim()));
  return cut(said.join(", "));
}

function obstacle(part: string): string {
  const [, count, said] = /^(\d+) (.+)$/s.exec(part) ?? [];
  if (count === undefined || said === undefined) {
    return part;
  }
  for (const { said: pattern, words } of LEFT_OUT) {
    const match = pattern.exec(said);
    if (match !== null) {
      return `${words(match)} on ${count}`;
    }
  }
  return `${said} on ${count}`;
}
