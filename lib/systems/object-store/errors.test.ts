import { describe, expect, it } from "vitest";
import { objectStoreErrorFromAnswer, objectStoreErrorFromFailure } from "./errors.ts";

const call = { bucket: "bucket record at https://s3.example.com", what: "PUT a/b.json", right: "s3:PutObject" };

describe("an answer that is an error is told in our words, with bucket, address, key and status:", () => {
  it.each([
    [404, "NoSuchBucket", "no_bucket", "expected a bucket of that name there"],
    [403, "RequestTimeTooSkewed", "clock", "expected the clocks of both machines to be right"],
    [403, "InvalidAccessKeyId", "denied", "expected valid credentials"],
    [403, "SignatureDoesNotMatch", "denied", "expected valid credentials"],
    [400, "ExpiredToken", "denied", "expected valid credentials"],
    [403, "AccessDenied", "denied", "expected credentials with the right s3:PutObject"],
    [401, "", "denied", "expected credentials with the right s3:PutObject"],
    [301, "PermanentRedirect", "elsewhere", "expected the endpoint and the region that the bucket is in"],
    [400, "AuthorizationHeaderMalformed", "elsewhere", "expected the endpoint and the region that the bucket is in"],
    [501, "NotImplemented", "not_served", "expected a store that serves this"],
    [405, "MethodNotAllowed", "not_served", "expected a store that serves this"],
    [503, "SlowDown", "unreachable", "the store cannot answer now"],
    [502, "", "unreachable", "the store cannot answer now"],
    [400, "InvalidRequest", "unexpected", "an answer we do not know"],
  ])("%i %s", (status, said, code, expected) => {
    const error = objectStoreErrorFromAnswer(call, status, said);
    expect(error.code).toBe(code);
    const named = said === "" ? "" : ` ${said}`;
    expect(error.message).toContain(
      `bucket record at https://s3.example.com answers ${status}${named} to PUT a/b.json: ${expected}`,
    );
  });

  it("what is no code of S3's is not passed on", () => {
    const { message } = objectStoreErrorFromAnswer(call, 400, "<b>your key AKIA</b>");
    expect(message).not.toContain("AKIA");
  });
});

describe("no answer is told in our words:", () => {
  it.each([
    ["in time", new DOMException("The operation was aborted due to timeout", "TimeoutError"), "timed_out"],
    ["at all", new TypeError("fetch failed"), "unreachable"],
  ])("%s", (_how, failure, code) => {
    const error = objectStoreErrorFromFailure(call, failure);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^bucket record at https:\/\/s3\.example\.com .*PUT a\/b\.json/);
    expect(error.cause).toBe(failure);
  });
});
