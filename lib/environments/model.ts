/** One stage of a platform: what it is bound to, and how far it lies behind the stage before it. */
export type EnvironmentRow = Readonly<{
  /** `<platform>/<environment>` */
  id: string;
  platform: string;
  platformName: string;
  name: string;
  tier: "live" | "sandbox";
  cluster: string;
  namespaces: readonly string[];
  branch: string;
  /** Where the branch stands; null while it is not known. */
  head: string | null;
  /** The environment whose release is promoted into this one. */
  after: string | null;
  /** Commits of `after` that are not here; null where there is no `after`, or it is not known. */
  behind: number | null;
}>;
