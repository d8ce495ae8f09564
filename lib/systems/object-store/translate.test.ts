import { describe, expect, it } from "vitest";
import { toErrorCode, toKeepsVersions, toLock, toVersionPage } from "./translate.ts";

const listing = (inner: string) => `<?xml version="1.0" encoding="UTF-8"?>
<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</ListVersionsResult>`;
const version = (key: string, id: string, isLatest: boolean) =>
  `<Version><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${isLatest}</IsLatest><ETag>&quot;e-${id}&quot;</ETag><Owner><ID>x</ID></Owner></Version>`;
const deletion = (key: string, id: string) =>
  `<DeleteMarker><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>true</IsLatest></DeleteMarker>`;

describe("a listing of versions", () => {
  it("keeps the order of versions and tells deletions from them", () => {
    const inner = `<IsTruncated>false</IsTruncated>${deletion("a", "3")}${version("a", "2", false)}${version("a", "1", false)}`;
    expect(toVersionPage(listing(inner))).toEqual({
      versions: [
        { key: "a", versionId: "3", isLatest: true, isDeletion: true, etag: "" },
        { key: "a", versionId: "2", isLatest: false, isDeletion: false, etag: '"e-2"' },
        { key: "a", versionId: "1", isLatest: false, isDeletion: false, etag: '"e-1"' },
      ],
      next: undefined,
    });
  });

  it("that goes on says where, with keys in plain where the store encodes them", () => {
    const inner = `<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextKeyMarker>a%2Fb+c%01</NextKeyMarker><NextVersionIdMarker>1</NextVersionIdMarker>${version("a%2Fb+c%01", "1", true)}`;
    const { versions, next } = toVersionPage(listing(inner));
    expect(next).toEqual({ key: "a/b c\u0001", versionId: "1" });
    expect(versions[0]?.key).toBe("a/b c\u0001");
  });

  it("leaves keys as they are where the store does not encode them", () => {
    const inner = `<EncodingType></EncodingType><IsTruncated>false</IsTruncated>${version("a%2Fb+c", "1", true)}`;
    expect(toVersionPage(listing(inner)).versions[0]?.key).toBe("a%2Fb+c");
  });

  it.each([
    ["another answer", "<html></html>"],
    ["no XML", "{}"],
    ["one cut short", listing("<IsTruncated>false</IsTruncated>").slice(0, -5)],
    ["one that does not say whether it ends", listing(version("a", "1", true))],
    ["one that goes on and does not say where", listing("<IsTruncated>true</IsTruncated>")],
    ["a version without a number", listing("<IsTruncated>false</IsTruncated><Version><Key>a</Key></Version>")],
  ])("is refused as %s, and not taken for an empty one", (_what, xml) => {
    expect(() => toVersionPage(xml)).toThrow();
  });
});

describe("what a bucket keeps", () => {
  it.each([
    ["<VersioningConfiguration/>", false],
    ["<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>", false],
    ["<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>", true],
  ])("%s", (xml, keeps) => {
    expect(toKeepsVersions(xml)).toBe(keeps);
  });

  it.each([
    ["", undefined],
    ["<Rule></Rule>", undefined],
    ["<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule>", "COMPLIANCE"],
    ["<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Years>1</Years></DefaultRetention></Rule>", "GOVERNANCE"],
  ])("a lock with %s", (inner, lock) => {
    expect(toLock(`<ObjectLockConfiguration>${inner}</ObjectLockConfiguration>`)).toBe(lock);
  });
});

it.each([
  ["<Error><Code>NoSuchBucket</Code><Message>x</Message></Error>", "NoSuchBucket"],
  ["<Error></Error>", ""],
  ["<html>Bad gateway</html>", ""],
  ["", ""],
])("the code of the error %s is read, where there is one", (body, code) => {
  expect(toErrorCode(body)).toBe(code);
});
