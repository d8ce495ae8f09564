import { parseXml, XmlElement } from "@rgrove/parse-xml";
import * as z from "zod";
import type { BucketKeeping, StoredVersion, VersionPage } from "./port.ts";

const Listing = z.object({
  IsTruncated: z.enum(["true", "false"]),
  EncodingType: z.enum(["", "url"]).default(""),
  NextKeyMarker: z.string().default(""),
  NextVersionIdMarker: z.string().default(""),
});

const Version = z.object({
  Key: z.string().min(1),
  VersionId: z.string().min(1),
  IsLatest: z.enum(["true", "false"]),
  ETag: z.string().default(""),
});

const LockMode = z.enum(["COMPLIANCE", "GOVERNANCE"]).optional();

/** Parses an answer to ListObjectVersions. Throws where it is something else. */
export function toVersionPage(xml: string): VersionPage {
  const root = rootOf(xml, "ListVersionsResult");
  const { IsTruncated, EncodingType, NextKeyMarker, NextVersionIdMarker } = Listing.parse(textsOf(root));
  const keyOf = (key: string) => (EncodingType === "url" ? decodeURIComponent(key.replaceAll("+", " ")) : key);
  const versions = childrenOf(root)
    .filter(({ name }) => name === "Version" || name === "DeleteMarker")
    .map((element): StoredVersion => {
      const { Key, VersionId, IsLatest, ETag } = Version.parse(textsOf(element));
      return {
        key: keyOf(Key),
        versionId: VersionId,
        isLatest: IsLatest === "true",
        isDeletion: element.name === "DeleteMarker",
        etag: ETag,
      };
    });
  if (IsTruncated === "false") {
    return { versions, next: undefined };
  }
  if (NextKeyMarker === "") {
    throw new Error("a listing that goes on does not say where");
  }
  return { versions, next: { key: keyOf(NextKeyMarker), versionId: NextVersionIdMarker } };
}

/** Parses an answer to GetBucketVersioning. Throws where it is something else. */
export function toKeepsVersions(xml: string): boolean {
  return textsOf(rootOf(xml, "VersioningConfiguration")).Status === "Enabled";
}

/** Parses an answer to GetObjectLockConfiguration. Throws where it is something else. */
export function toLock(xml: string): BucketKeeping["lock"] {
  const rule = childrenOf(rootOf(xml, "ObjectLockConfiguration")).find(({ name }) => name === "Rule");
  const retention = childrenOf(rule).find(({ name }) => name === "DefaultRetention");
  return retention === undefined ? undefined : LockMode.parse(textsOf(retention).Mode);
}

/** S3's code of an error; empty where the body, as that of a proxy in between, is no error of S3. */
export function toErrorCode(body: string): string {
  try {
    return textsOf(rootOf(body, "Error")).Code ?? "";
  } catch {
    // The status says enough.
    return "";
  }
}

function rootOf(xml: string, name: string): XmlElement {
  const { root } = parseXml(xml);
  if (root?.name !== name) {
    throw new Error(`expected ${name} as XML`);
  }
  return root;
}

function childrenOf(element: XmlElement | undefined): XmlElement[] {
  return element?.children.filter((child) => child instanceof XmlElement) ?? [];
}

function textsOf(element: XmlElement): Partial<Record<string, string>> {
  return Object.fromEntries(childrenOf(element).map(({ name, text }) => [name, text]));
}
