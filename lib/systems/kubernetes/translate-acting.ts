import * as z from "zod";
import type { Decision } from "#lib/access/model.ts";
import type { Access, Actor, Mark, Marked, SeenVersion } from "./port.ts";
import { Metadata } from "./translate-fields.ts";

/** Where an operation leaves its mark: on the workload, never on its pods, which would be replaced by a change of it. */
const OPERATION_ANNOTATION = "gatehouse.dev/operation-id";
/** Which operation gave up, and when. A label, since an annotation of a Deployment counts as a change of its spec. */
const GIVEN_UP_LABEL = "gatehouse.dev/given-up";
/** What `kubectl rollout restart` sets, so that other tools show such a restart as one. */
const RESTARTED_ANNOTATION = "kubectl.kubernetes.io/restartedAt";

const MarkedObject = z.object({
  metadata: Metadata.pick({ uid: true, annotations: true }).extend({
    resourceVersion: z.string(),
    generation: z.number(),
  }),
});

/** The mark on a workload, of which the metadata alone is needed. Throws ZodError for what is no object. */
export function toMarked(object: unknown): Marked {
  const { uid, resourceVersion, generation, annotations } = MarkedObject.parse(object).metadata;
  return { uid, resourceVersion, generation, operationId: annotations[OPERATION_ANNOTATION] };
}

type Version = Pick<SeenVersion, "uid" | "resourceVersion">;

/** The merge patch (RFC 7386) of a restart. The API server answers 409 where resourceVersion is not the object's any more. */
export function restartPatch({ uid, resourceVersion }: Version, mark: Mark): unknown {
  return {
    metadata: { uid, resourceVersion, annotations: { [OPERATION_ANNOTATION]: mark.operationId } },
    spec: { template: { metadata: { annotations: { [RESTARTED_ANNOTATION]: mark.at.toISOString() } } } },
  };
}

/** The merge patch that says that an operation has given up. A value that was there already would move no version. */
export function givenUpPatch({ uid, resourceVersion }: Version, { operationId, at }: Mark): unknown {
  return { metadata: { uid, resourceVersion, labels: { [GIVEN_UP_LABEL]: `${operationId}.${at.getTime()}` } } };
}

/** The question whether somebody may do something, with the group that the API server itself adds to whoever is signed in. */
export function accessReview(actor: Actor, access: Access): unknown {
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user: actor.user, groups: [...actor.groups, "system:authenticated"], resourceAttributes: access },
  };
}

const Review = z.object({ status: z.object({ allowed: z.boolean(), denied: z.boolean().default(false) }) });

/** What the API server answers to that question, without its own reason, which names roles. Throws ZodError for what is no answer. */
export function decisionOf(review: unknown, actor: Actor, access: Access): Decision {
  const { status } = Review.parse(review);
  const allowed = status.allowed && !status.denied;
  const what = `${access.verb} ${access.resource} ${access.namespace}/${access.name}`;
  return { allowed, because: `the cluster ${allowed ? "lets" : "does not let"} ${actor.user} ${what}` };
}

const Refusal = z.object({ message: z.string() });

/** What a Status object says; empty for anything else, such as a proxy's page. */
export function messageOfStatus(status: unknown): string {
  return Refusal.safeParse(status).data?.message ?? "";
}
