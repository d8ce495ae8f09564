import type { StuckReason } from "./model.ts";

/** What the API server says when it refuses to make a pod, in its own order: `pods "a-1" is forbidden: …`. */
const POD_FORBIDDEN =
  /^(?:error creating: )?(?:create Pod \S+ in StatefulSet \S+ failed error: )?pods? "[^"]*" is forbidden: /i;
/** Source: k8s.io/apiserver/pkg/admission/plugin/resourcequota, `checkRequest`. */
const EXCEEDED = /exceeded quota: ([^,]+), requested: (.+?), used: (.+?), limited: (.+)$/;
const UNSPECIFIED = /failed quota: ([^:]+): must specify (.+)$/;
/** Source: k8s.io/kubernetes/plugin/pkg/admission/limitranger. */
const LIMIT_RANGE = /\[?((?:maximum|minimum) \S+ usage per \S+ is |\S+ max limit to request ratio per \S+ is )/;
const WEBHOOK = /admission webhook "([^"]+)" denied the request: ?(.*)$/s;
const POLICY = /ValidatingAdmissionPolicy '([^']+)'.* denied request: (.*)$/s;
const POD_SECURITY = /violates PodSecurity "([^"]+)": (.*)$/s;
const ACCOUNT = /error looking up service account \S+: serviceaccount "([^"]+)" not found/;

/** Why the API server refuses a pod, from its own words. What it says of a quota keeps its numbers. */
export function refusedReason(said: string): StuckReason {
  return quotaReason(said) ?? limitRangeReason(said) ?? { code: "rejected", message: rejectedWords(said) };
}

function quotaReason(said: string): StuckReason | undefined {
  const exceeded = EXCEEDED.exec(said);
  if (exceeded !== null) {
    const [, name = "", requested = "", used, limited] = exceeded;
    return {
      code: "quota",
      message: `quota ${name} leaves no room: needs ${requested}, in use ${used}, limit ${limited}`,
      quota: { name, resource: requested.split("=", 1)[0] ?? "" },
    };
  }
  const unspecified = UNSPECIFIED.exec(said);
  if (unspecified === null) {
    return undefined;
  }
  const [, name = "", what = ""] = unspecified;
  return {
    code: "quota",
    message: `quota ${name} takes only pods that say ${cut(what)}`,
    quota: { name, resource: what.split(/[,\s]/, 1)[0] ?? "" },
  };
}

function limitRangeReason(said: string): StuckReason | undefined {
  if (!LIMIT_RANGE.test(said)) {
    return undefined;
  }
  const rules = said.replace(POD_FORBIDDEN, "").replace(/^\[(.*)\]$/s, "$1");
  return { code: "limit_range", message: `the namespace's LimitRange refuses the pod: ${cut(rules)}` };
}

function rejectedWords(said: string): string {
  const security = POD_SECURITY.exec(said);
  if (security !== null) {
    return `pod security level ${security[1]} refuses the pod: ${cut(security[2] ?? "")}`;
  }
  const webhook = WEBHOOK.exec(said) ?? POLICY.exec(said);
  if (webhook !== null) {
    return `admission by ${webhook[1]} refuses the pod: ${cut(webhook[2] ?? "")}`;
  }
  const account = ACCOUNT.exec(said);
  if (account !== null) {
    return `the pod's service account ${account[1]} does not exist`;
  }
  return `the API server refuses the pod: ${cut(said.replace(POD_FORBIDDEN, ""))}`;
}

/** What others say, cut to a readable length. */
export function cut(text: string): string {
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}
