/** React Query's key of a request's record, as of one version of the request. */
export function requestRecordKey(requestId: string, version: string): readonly string[] {
  return ["requests", requestId, "record", version];
}
