import { describe, expect, it } from "vitest";
import * as z from "zod";
import { openApiDocument } from "./model.ts";
import { READS } from "./schema.ts";

const Document = z.looseObject({
  openapi: z.literal("3.1.0"),
  paths: z.record(
    z.string(),
    z.looseObject({ get: z.looseObject({ operationId: z.string(), responses: z.looseObject({}) }) }),
  ),
});

describe("the description of the reads", () => {
  const { paths } = Document.parse(openApiDocument());

  it("names every read of the contract once", () => {
    for (const name of Object.keys(READS)) {
      expect(paths[`/api/v1/${name}`]?.get.operationId, name).toBe(name);
    }
    const ids = Object.values(paths).map(({ get }) => get.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("says of every item which fields it always has", () => {
    const schema = JSON.stringify(paths["/api/v1/quotas"]);
    expect(schema).toContain(
      '"required":["cluster","namespace","environment","resource","hard","requested","measured","headroom","unmeasured","trend"]',
    );
  });

  it("says which reads tell what they cannot see beside their items", () => {
    const telling = Object.keys(READS).filter((name) =>
      JSON.stringify(paths[`/api/v1/${name}`]).includes('"required":["items","asOf","sources","unknown"]'),
    );
    expect(telling).toEqual(["services", "posture", "quotas", "quotas/capacity", "quotas/shares", "rollouts"]);
  });

  it("says by what the rollouts can be chosen", () => {
    const { parameters } = z.looseObject({ parameters: z.array(z.unknown()) }).parse(paths["/api/v1/rollouts"]?.get);
    expect(parameters).toContainEqual({
      name: "kind",
      in: "query",
      required: false,
      description: "only rollouts of this kind",
      schema: expect.objectContaining({ type: "string", enum: expect.arrayContaining(["Job", "CronJob"]) }),
    });
  });

  it("says which reads refuse a query that they do not know", () => {
    for (const name of ["rollouts", "audit"]) {
      expect(Object.keys(paths[`/api/v1/${name}`]?.get.responses ?? {}), name).toContain("400");
    }
    expect(Object.keys(paths["/api/v1/environments"]?.get.responses ?? {})).not.toContain("400");
  });

  it("names each read that a page makes beside those of the contract, with what it has to be asked by", () => {
    const Parameters = z.looseObject({
      parameters: z.array(z.looseObject({ name: z.string(), required: z.boolean() })),
    });
    const asked = (path: string) =>
      Parameters.parse(paths[`/api/v1/${path}`]?.get).parameters.map(({ name, required }) => [name, required]);
    expect(asked("posture")).toEqual([["environment", false]]);
    expect(asked("placement")).toEqual([
      ["environment", false],
      ["whatIf", false],
    ]);
    expect(asked("drift")).toEqual([
      ["environment", true],
      ["against", false],
    ]);
    expect(asked("search")).toEqual([["q", true]]);
    for (const detail of ["rollouts/workload", "pods/pod", "quotas/resource"]) {
      expect(asked(detail), detail).toEqual([["id", true]]);
    }
  });

  it("is JSON", () => {
    expect(JSON.parse(JSON.stringify(openApiDocument()))).toEqual(openApiDocument());
  });
});
