/** Where a bucket is. */
export type BucketConfig = Readonly<{
  /** `https://host` or `http://127.0.0.1:7070`, without a path. */
  endpoint: string;
  bucket: string;
  region: string;
  /** The environment variables that hold the credentials; that of the session may be unset. */
  credentials: Readonly<{ accessKeyId: string; secretAccessKey: string; sessionToken: string }>;
}>;

/** One version of an object, or the mark of a deletion. */
export type StoredVersion = Readonly<{
  key: string;
  /** "null" where the bucket kept no versions when it was written. */
  versionId: string;
  isLatest: boolean;
  isDeletion: boolean;
  /** Another one for other content; empty for a deletion. */
  etag: string;
}>;

/** A place in a listing: right after this version. */
export type VersionMark = Pick<StoredVersion, "key" | "versionId">;

export type VersionPage = Readonly<{
  /** In the order of the keys; what was written of one key from the newest to the oldest, deletions apart. */
  versions: readonly StoredVersion[];
  /** Where the next page begins; undefined after the last one. */
  next: VersionMark | undefined;
}>;

/** What a bucket does by itself so that nothing in it is lost. */
export type BucketKeeping = Readonly<{
  keepsVersions: boolean;
  /** The mode in which every new version is locked by default. */
  lock: "COMPLIANCE" | "GOVERNANCE" | undefined;
}>;

/** One bucket of an object store that speaks S3. Methods throw ObjectStoreError; none retries. Each request ends after 10 s. */
export type BucketPort = Readonly<{
  /** For people: which bucket, and where. */
  name: string;
  /** Durable when it resolves. False where the key is taken: then nothing is written. */
  create(key: string, text: string): Promise<boolean>;
  /** The next page of what lies under a prefix; some stores repeat the page's last version in the next one. Repeatable. */
  versions(prefix: string, after?: VersionMark): Promise<VersionPage>;
  /** The text of one version. Repeatable. */
  read(version: StoredVersion): Promise<string>;
  /** Repeatable. */
  keeping(): Promise<BucketKeeping>;
}>;
