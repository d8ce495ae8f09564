import * as z from "zod";
import { DETAILS, envelopeSchema, Problem, READS, unknownEnvelopeSchema } from "./schema.ts";

/** Describes every read over HTTP (OpenAPI 3.1). https://spec.openapis.org/oas/v3.1.0 */
export function openApiDocument(): unknown {
  return {
    openapi: "3.1.0",
    info: {
      title: "Gatehouse",
      version: "1",
      description:
        "The same reads as the pages make, with the same authorisation. What somebody may not see is answered as if it were not there.",
    },
    paths: {
      ...Object.fromEntries(
        Object.entries(READS).map(([name, read]) => [`/api/v1/${name}`, { get: readOf(name, read) }]),
      ),
      ...Object.fromEntries(
        Object.entries(DETAILS).map(([name, detail]) => [`/api/v1/${name}`, { get: detailOf(name, detail) }]),
      ),
      "/api/v1/live": { get: LIVE },
      "/api/v1/live/pods": { get: LIVE_PODS },
      "/api/healthz": { get: plain("health", "Whether the process lives") },
      "/api/readyz": { get: plain("readiness", "Whether it has seen all that it shows; names what is missing") },
      "/api/metrics": { get: plain("metrics", "What this process says of itself, as Prometheus reads it") },
    },
    components: {
      securitySchemes: { session: { type: "apiKey", in: "cookie", name: "next-auth.session-token" } },
      schemas: { Problem: z.toJSONSchema(Problem) },
    },
    security: [{ session: [] }],
  };
}

type Read = Readonly<{
  summary: string;
  item: z.ZodType;
  filters?: z.ZodObject;
  saysUnknown?: boolean;
  refusesQuery?: boolean;
}>;

function readOf(name: string, { summary, item, filters, saysUnknown, refusesQuery }: Read) {
  const answer = saysUnknown ? unknownEnvelopeSchema(item) : envelopeSchema(item);
  return {
    operationId: name,
    summary,
    parameters: [
      {
        name: "environment",
        in: "query",
        required: false,
        description: "<platform>/<environment>; all that the person may see where it is left out",
        schema: { type: "string" },
      },
      ...parametersOf(filters),
    ],
    responses: {
      ...ok("The items, when they were read, and whether their sources can be believed", answer),
      ...(refusesQuery ? REFUSED_QUERY : {}),
      ...PROBLEMS,
    },
  };
}

type Detail = Readonly<{ summary: string; query: z.ZodObject; answer: z.ZodType }>;

function detailOf(name: string, { summary, query, answer }: Detail) {
  return {
    operationId: name,
    summary,
    parameters: parametersOf(query),
    responses: { ...ok("What is asked for", answer), ...PROBLEMS },
  };
}

function parametersOf(query: z.ZodObject | undefined) {
  return Object.entries(query?.shape ?? {}).map(([name, wanted]) => {
    const { description, ...schema } = z.toJSONSchema(wanted, { io: "input" });
    return { name, in: "query", required: !z.safeParse(wanted, undefined).success, description, schema };
  });
}

function ok(description: string, answer: z.ZodType) {
  return { "200": { description, content: { "application/json": { schema: z.toJSONSchema(answer) } } } };
}

const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

const PROBLEMS = {
  "401": problem("Not signed in"),
  "404": problem("Not there, or not for this person to see"),
  "429": problem("Too many reads; Retry-After says when to try again"),
  "503": problem("Something that this read needs does not answer"),
};

const REFUSED_QUERY = { "400": problem("The query holds what this read does not know; the detail says which") };

const LIVE = {
  operationId: "live",
  summary: "Everything that changes, as server-sent events; ids are <epoch>:<seq>, resumed by Last-Event-ID",
  responses: {
    "200": { description: "First a snapshot, then what changes", content: { "text/event-stream": {} } },
    ...PROBLEMS,
  },
};

const LIVE_PODS = { ...LIVE, operationId: "livePods", summary: "The same of the pods, which are many" };

const plain = (operationId: string, summary: string) => ({
  operationId,
  summary,
  security: [],
  responses: { "200": { description: "It is" }, "503": { description: "It is not" } },
});
