/** An image reference taken apart: `registry/name:tag@sha256:…`. */
export type ImageReference = Readonly<{ name: string; tag: string | undefined; digest: string | undefined }>;

/** Takes an image reference apart (the grammar of the OCI distribution reference). */
export function parseImage(reference: string): ImageReference {
  const [beforeDigest = "", digest] = reference.split("@");
  const colon = beforeDigest.lastIndexOf(":");
  const hasTag = colon > beforeDigest.lastIndexOf("/");
  return {
    name: hasTag ? beforeDigest.slice(0, colon) : beforeDigest,
    tag: hasTag ? beforeDigest.slice(colon + 1) : undefined,
    digest,
  };
}

export type Release = Readonly<{
  /** The image's tag, else the start of its digest. */
  version: string;
  image: string;
  digest: string | undefined;
  /** The Git revision that the platform's deployment left on the object. */
  revision: string | undefined;
}>;

/** What an image and a Git revision say of the release that runs. */
export function releaseOf(image: string, revision: string | undefined): Release {
  const parsed = parseImage(image);
  return {
    version: parsed.tag ?? parsed.digest?.slice(0, 19) ?? "untagged",
    image,
    digest: parsed.digest,
    revision,
  };
}
